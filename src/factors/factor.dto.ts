import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsIn, IsString, Validate } from 'class-validator';
import { IsOmittable } from '../common/is-omittable.js';
import { IsKeyName } from '../keys/key-name.js';
import { FACTOR_TYPES, type Factor, type FactorTypeName } from './factor-rows.js';

const TEXT = { message: 'must be a string' };
const TYPES = { enum: FACTOR_TYPES, example: 'totp' } as const;
const RECOVERY_CODES: ApiPropertyOptions = {
  type: [String],
  description: 'Each works once, in the place of a code; they are told this once',
  example: ['ABCD-EFGH-IJKL-2345'],
};

/** What a new second factor shall be, and the proof that its owner wants it. */
export class NewFactorBody {
  @ApiProperty(TYPES)
  @IsIn(FACTOR_TYPES, { message: `must be ${FACTOR_TYPES.join(' or ')}` })
  type!: FactorTypeName;

  @ApiPropertyOptional({
    description: 'For its owner to tell it from others: 1 to 64 characters',
    example: 'my phone',
  })
  @IsOmittable()
  @Validate(IsKeyName)
  name?: string;

  // Optional here, so that one who leaves it out is told what it is for.
  @ApiProperty({ format: 'password', example: 'python' })
  @IsOmittable()
  @IsString(TEXT)
  current_password?: string;

  @ApiPropertyOptional({
    description: 'Of a factor that is active already, or a recovery code: needed if there is one',
    example: '123456',
  })
  @IsOmittable()
  @IsString(TEXT)
  code?: string;
}

/** A code that a person sends. */
export class FactorCodeBody {
  @ApiProperty({
    description: 'Six digits, or a recovery code where it says so',
    example: '123456',
  })
  @IsString(TEXT)
  code!: string;
}

export class BegunFactorDto {
  @ApiProperty({ example: '3q2-7wAAQACAAAAAAAAAAA' })
  id!: string;

  @ApiProperty({
    description: 'In base32, for an authenticator app that reads no QR code; it is told this once',
    example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
  })
  secret!: string;

  @ApiProperty({
    description: 'The text of the QR code',
    example: 'otpauth://totp/auth.example.com:miguel?secret=JBSWY3DPEHPK3PXP',
  })
  uri!: string;
}

export class FactorConfirmedDto {
  @ApiProperty({ example: 'Second factor added' })
  message!: string;

  @ApiPropertyOptional(RECOVERY_CODES)
  recovery_codes?: string[];
}

export class RecoveryCodesDto {
  @ApiProperty(RECOVERY_CODES)
  recovery_codes!: string[];
}

class FactorDto {
  @ApiProperty({ example: '3q2-7wAAQACAAAAAAAAAAA' })
  id: string;

  @ApiProperty(TYPES)
  type: FactorTypeName;

  @ApiProperty({ example: 'my phone' })
  name: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T09:30:00.000Z' })
  created_at: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-02-01T02:00:00.000Z',
  })
  last_used_at: string | null;

  constructor({ id, type, name, createdAtMs, lastUsedAtMs }: Factor) {
    this.id = id;
    this.type = type;
    this.name = name;
    this.created_at = new Date(createdAtMs).toISOString();
    this.last_used_at = lastUsedAtMs === null ? null : new Date(lastUsedAtMs).toISOString();
  }
}

export class FactorsDto {
  @ApiProperty({ type: [FactorDto], description: 'The active ones, oldest first' })
  factors: FactorDto[];

  @ApiProperty({ type: 'integer', minimum: 0, maximum: 10, example: 10 })
  recovery_codes_left: number;

  constructor(factors: readonly Factor[], recoveryCodesLeft: number) {
    this.factors = factors.map((factor) => new FactorDto(factor));
    this.recovery_codes_left = recoveryCodesLeft;
  }
}
