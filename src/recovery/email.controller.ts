import { Body, Controller, Get, HttpCode, Post, Put, UseGuards } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { MessageDto } from '../common/message.dto.js';
import { CurrentPrincipal, type TokenPrincipal } from '../common/principal.js';
import { ApiProblems } from '../problems/api-problems.js';
import { OpenMailGuard } from './open-mail.guard.js';
import { OwnAddress } from './own-address.js';
import { presentedSecret } from './presented-secret.js';
import {
  AddressDto,
  MailSecretBody,
  OwnerProofBody,
  RequestedMailDto,
  WantedAddressBody,
} from './recovery.dto.js';

@ApiTags('Addresses')
@ApiBearerAuth()
@UseGuards(OpenMailGuard)
@Controller('user/email')
export class EmailController {
  constructor(private readonly address: OwnAddress) {}

  @Get()
  @ApiOperation({ summary: 'Your address' })
  @ApiProblems('not-found')
  @ApiOkResponse({ type: AddressDto })
  async read(@CurrentPrincipal() principal: TokenPrincipal): Promise<AddressDto> {
    const { verified, wanted } = await this.address.read(principal);
    return { email: verified ?? wanted, verified: verified !== null };
  }

  @Put()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Ask for a mail by which an address becomes yours',
    description: 'The address that you have stands until the new one is verified.',
  })
  @ApiProblems('code-invalid', 'not-found', 'too-many-attempts', 'overloaded')
  @ApiAcceptedResponse({ type: RequestedMailDto })
  async want(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Body() { email, current_password: password, code }: WantedAddressBody,
  ): Promise<RequestedMailDto> {
    return { id: await this.address.want(principal, email, { password, code }) };
  }

  @Post('remove')
  @HttpCode(200)
  @ApiOperation({ summary: 'Have no address any more' })
  @ApiProblems('code-invalid', 'not-found', 'too-many-attempts', 'overloaded')
  @ApiOkResponse({ type: MessageDto, example: { message: 'Address removed' } })
  async remove(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Body() { current_password: password, code }: OwnerProofBody,
  ): Promise<MessageDto> {
    await this.address.remove(principal, { password, code });
    return { message: 'Address removed' };
  }

  @Post('verify')
  @HttpCode(200)
  @ApiOperation({ summary: 'Verify an address, by the link or the code of the mail to it' })
  @ApiProblems('code-invalid', 'not-found', 'email-taken', 'too-many-attempts')
  @ApiOkResponse({ type: MessageDto, example: { message: 'Address verified' } })
  async verify(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Body() body: MailSecretBody,
  ): Promise<MessageDto> {
    await this.address.verify(principal, presentedSecret(body));
    return { message: 'Address verified' };
  }
}
