import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { MessageDto } from '../common/message.dto.js';
import { CurrentPrincipal, type TokenPrincipal } from '../common/principal.js';
import { ApiProblems } from '../problems/api-problems.js';
import { DomainError } from '../problems/errors.js';
import { isId } from '../common/random-id.js';
import {
  BegunFactorDto,
  FactorCodeBody,
  FactorConfirmedDto,
  FactorsDto,
  NewFactorBody,
  RecoveryCodesDto,
} from './factor.dto.js';
import { FactorRows } from './factor-rows.js';
import { OwnFactors } from './own-factors.js';
import { RecoveryCodeRows } from './recovery-code-rows.js';

/** Of a factor that its owner gave no name. */
const DEFAULT_NAME = 'Authenticator app';

@ApiTags('Second factors')
@ApiBearerAuth()
@Controller('user')
export class FactorsController {
  constructor(
    private readonly own: OwnFactors,
    private readonly rows: FactorRows,
    private readonly recoveryCodes: RecoveryCodeRows,
  ) {}

  @Get('factors')
  @ApiOperation({ summary: 'Your active second factors' })
  @ApiOkResponse({ type: FactorsDto })
  async list(@CurrentPrincipal() { userId }: TokenPrincipal): Promise<FactorsDto> {
    const [factors, left] = await Promise.all([
      this.rows.list(userId),
      this.recoveryCodes.count(userId),
    ]);
    return new FactorsDto(factors, left);
  }

  @Post('factors')
  @ApiOperation({
    summary: 'Begin to add a second factor',
    description:
      'It counts once it is confirmed with a code, within an hour. Beside an active factor it needs a code ' +
      'of one too.',
  })
  @ApiProblems('code-invalid', 'too-many-factors', 'too-many-attempts', 'overloaded')
  @ApiCreatedResponse({ type: BegunFactorDto })
  async begin(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Body() body: NewFactorBody,
  ): Promise<BegunFactorDto> {
    const { name = DEFAULT_NAME, current_password: currentPassword, code } = body;
    const { id, told } = await this.own.begin(principal, { name, currentPassword, code });
    return { id, ...told };
  }

  @Put('factors/:id')
  @ApiOperation({
    summary: 'Confirm a second factor with a code of its own: it counts from then on',
    description: 'The first one ends your other sessions, and is answered with ten recovery codes.',
  })
  @ApiProblems('code-invalid', 'unknown-factor', 'too-many-attempts')
  @ApiOkResponse({ type: FactorConfirmedDto })
  async confirm(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Param('id') id: string,
    @Body() { code }: FactorCodeBody,
  ): Promise<FactorConfirmedDto> {
    if (!isId(id)) throw new DomainError('unknown-factor');
    const recoveryCodes = await this.own.confirm(principal, id, code);
    const message = 'Second factor added';
    return recoveryCodes ? { message, recovery_codes: recoveryCodes } : { message };
  }

  @Post('factors/:id/remove')
  @HttpCode(200)
  @ApiOperation({ summary: 'Remove a second factor, with a code of any or a recovery code' })
  @ApiProblems('code-invalid', 'unknown-factor', 'too-many-attempts')
  @ApiOkResponse({ type: MessageDto, example: { message: 'Second factor removed' } })
  async remove(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Param('id') id: string,
    @Body() { code }: FactorCodeBody,
  ): Promise<MessageDto> {
    await this.own.remove(principal, id, code);
    return { message: 'Second factor removed' };
  }

  @Post('recovery_codes')
  @HttpCode(200)
  @ApiOperation({ summary: 'Make ten recovery codes: those from before are void' })
  @ApiProblems('code-invalid', 'unknown-factor', 'too-many-attempts')
  @ApiOkResponse({ type: RecoveryCodesDto })
  async renewRecoveryCodes(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Body() { code }: FactorCodeBody,
  ): Promise<RecoveryCodesDto> {
    return { recovery_codes: await this.own.renewRecoveryCodes(principal, code) };
  }
}
