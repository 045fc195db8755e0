import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsInt, IsString, Max, Min, Validate } from 'class-validator';
import { IsOmittable } from '../common/is-omittable.js';
import type { ApiKey } from '../tokens/key-rows.js';
import { IsKeyName } from './key-name.js';

/** A hundred years. */
const LONGEST_LIFE_SECONDS = 3_155_760_000;
const LIFE = { message: `must be a whole number of seconds from 1 to ${LONGEST_LIFE_SECONDS}` };

const MAX_ROLES = 32;
const ROLES = { message: `must be a list of at most ${MAX_ROLES} roles` };

/** What a new key shall be. */
export class NewKeyBody {
  @ApiProperty({
    description: 'What it is for, for its owner to read: 1 to 64 characters',
    example: 'nightly backup',
  })
  @Validate(IsKeyName)
  name!: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: LONGEST_LIFE_SECONDS,
    description: 'Seconds until it expires; never, if it is not sent',
    example: 7_776_000,
  })
  @IsOmittable()
  @IsInt(LIFE)
  @Min(1, LIFE)
  @Max(LONGEST_LIFE_SECONDS, LIFE)
  expires_in?: number;

  @ApiPropertyOptional({
    type: [String],
    maxItems: MAX_ROLES,
    description: 'The roles that it has, out of your own; none, if they are not sent',
    example: [],
  })
  @IsOmittable()
  @IsArray(ROLES)
  @ArrayMaxSize(MAX_ROLES, ROLES)
  @IsString({ ...ROLES, each: true })
  roles?: string[];

  @ApiPropertyOptional({
    format: 'password',
    description: 'Needed where the service demands it for a new password',
    example: 'python',
  })
  @IsOmittable()
  @IsString({ message: 'must be a string' })
  current_password?: string;
}

class DescribedKeyDto {
  @ApiProperty({ example: '3q2-7wAAQACAAAAAAAAAAA' })
  id: string;

  @ApiProperty({ example: 'nightly backup' })
  name: string;

  @ApiProperty({ description: 'The last characters of the key', example: 'SUA2' })
  hint: string;

  @ApiProperty({
    type: [String],
    description: 'The roles that were named at its making; those count that you still have',
    example: [],
  })
  roles: string[];

  @ApiProperty({ format: 'date-time', example: '2026-01-31T09:30:00.000Z' })
  created_at: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-05-01T09:30:00.000Z',
  })
  expires_at: string | null;

  constructor(key: Omit<ApiKey, 'lastUsedAtMs'>) {
    this.id = key.id;
    this.name = key.name;
    this.hint = key.hint;
    this.roles = [...key.roles];
    this.created_at = new Date(key.createdAtMs).toISOString();
    this.expires_at =
      key.expiresAtSeconds === null ? null : new Date(key.expiresAtSeconds * 1000).toISOString();
  }
}

export class KeyDto extends DescribedKeyDto {
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'To the minute; null if it was never used',
    example: '2026-02-01T02:00:00.000Z',
  })
  last_used_at: string | null;

  constructor(key: ApiKey) {
    super(key);
    this.last_used_at = key.lastUsedAtMs === null ? null : new Date(key.lastUsedAtMs).toISOString();
  }
}

export class KeysDto {
  @ApiProperty({ type: [KeyDto] })
  keys!: KeyDto[];
}

export class NewKeyDto extends DescribedKeyDto {
  @ApiProperty({
    description: 'The key itself, which is told this once',
    example: 'gth_0123456789ABCDEFGHIJKLMNOPQRST14SUA2',
  })
  key: string;

  constructor(key: Omit<ApiKey, 'lastUsedAtMs'>, text: string) {
    super(key);
    this.key = text;
  }
}
