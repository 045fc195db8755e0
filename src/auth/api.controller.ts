import { Controller, Get } from '@nestjs/common';
import { ApiBasicAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Accepts, RefusesHead } from '../common/access.decorators.js';
import {
  CurrentPrincipal,
  type KeyPrincipal,
  type PasswordPrincipal,
  type TokenPrincipal,
} from '../common/principal.js';
import { IssuedTokenDto, ResourceDto } from './auth.dto.js';
import { AuthFacade } from './auth.facade.js';

@ApiTags('HTTP Basic')
@ApiBasicAuth()
@Controller('api')
@Accepts(['basic'])
export class ApiController {
  constructor(private readonly facade: AuthFacade) {}

  @Get('token')
  @Accepts(['basic'], { startsSession: true })
  @RefusesHead()
  @ApiOperation({ summary: 'A token, for a password or for a token as the username' })
  @ApiOkResponse({ type: IssuedTokenDto })
  async token(
    @CurrentPrincipal() principal: PasswordPrincipal | TokenPrincipal,
  ): Promise<IssuedTokenDto> {
    return this.facade.tokenFor(principal);
  }

  @Get('resource')
  @Accepts(['basic'], { alsoBy: ['key'] })
  @RefusesHead()
  @ApiOperation({ summary: 'A protected resource' })
  @ApiOkResponse({ type: ResourceDto })
  resource(
    @CurrentPrincipal() { username }: PasswordPrincipal | TokenPrincipal | KeyPrincipal,
  ): ResourceDto {
    return { data: `Hello, ${username}!` };
  }
}
