import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Validate } from 'class-validator';
import { IsOmittable } from '../common/is-omittable.js';
import { IsEmailAddress } from './is-email-address.js';

const TEXT = { message: 'must be a string' };
const ID_EXAMPLE = '3q2-7wAAQACAAAAAAAAAAA';

/** What proves that the account's owner is asking, and no one who only has a token. */
export class OwnerProofBody {
  @ApiProperty({ format: 'password', example: 'python' })
  @IsString(TEXT)
  current_password!: string;

  @ApiPropertyOptional({
    description: 'Of a second factor, or a recovery code: needed if the account has a factor',
    example: '123456',
  })
  @IsOmittable()
  @IsString(TEXT)
  code?: string;
}

/** The address that the account shall have. */
export class WantedAddressBody extends OwnerProofBody {
  @ApiProperty({
    description: 'One address of printable ASCII',
    maxLength: 254,
    example: 'susan@example.org',
  })
  @Validate(IsEmailAddress)
  email!: string;
}

/** What a mail has: the token of its link, or its code, beside the id that the request for it was answered. */
export class MailSecretBody {
  @ApiPropertyOptional({
    description: 'Of the link; without `id` and `code`',
    example: 'x0aXZW1yZGZ0cmV0cnQ0NTY3ODlhYmNkZWZnaGlqa2w',
  })
  @IsOmittable()
  @IsString(TEXT)
  token?: string;

  @ApiPropertyOptional({
    description: 'What the request for the mail was answered; with `code`',
    example: ID_EXAMPLE,
  })
  @IsOmittable()
  @IsString(TEXT)
  id?: string;

  @ApiPropertyOptional({ description: 'Of the mail; with `id`', example: 'K7M2QXR4TB' })
  @IsOmittable()
  @IsString(TEXT)
  code?: string;
}

/** A new password, and what the mail for it has. */
export class ResetBody extends MailSecretBody {
  @ApiProperty({ format: 'password', example: 'a better password' })
  @IsString(TEXT)
  password!: string;
}

/** Who forgot the password, by one of both. */
export class ForgottenPasswordBody {
  @ApiPropertyOptional({ description: 'Without `email`', example: 'miguel' })
  @IsOmittable()
  @IsString(TEXT)
  username?: string;

  @ApiPropertyOptional({ description: 'Without `username`', example: 'miguel@example.org' })
  @IsOmittable()
  @IsString(TEXT)
  email?: string;
}

export class AddressDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The verified address; without one, the address that is to be verified',
    example: 'susan@example.org',
  })
  email!: string | null;

  @ApiProperty({ example: true })
  verified!: boolean;
}

export class RequestedMailDto {
  @ApiProperty({ description: 'Send it beside the code of the mail', example: ID_EXAMPLE })
  id!: string;
}
