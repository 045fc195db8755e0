import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { IsOmittable } from '../common/is-omittable.js';

const TOKEN_EXAMPLE = 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln';

/** The body of the routes that take a token in it, in the header, or the same one in both. */
export class TokenBody {
  @ApiPropertyOptional({ description: 'In place of the header', example: TOKEN_EXAMPLE })
  @IsOmittable()
  @IsString({ message: 'must be a string' })
  token?: string;
}

/** What finishes a log-in to an account with a second factor. */
export class ChallengeAnswerBody {
  @ApiProperty({
    description: 'That of the answer to the log-in',
    example: 'mUu9ZVf0e2H2mJcXvTQ9yKxk3rJfO5v3K1d1f8eYQ2s',
  })
  @IsString({ message: 'must be a string' })
  challenge!: string;

  @ApiProperty({ description: 'Of a second factor, or a recovery code', example: '123456' })
  @IsString({ message: 'must be a string' })
  code!: string;
}

export class IssuedTokenDto {
  @ApiProperty({ example: TOKEN_EXAMPLE })
  token!: string;

  @ApiProperty({ type: 'integer', description: 'Seconds until it expires', example: 2100 })
  duration!: number;
}

export class TokenValidDto {
  @ApiProperty({ example: 'Token is valid' })
  message!: string;

  @ApiProperty({ description: 'The token to use next', example: TOKEN_EXAMPLE })
  token!: string;
}

export class ResourceDto {
  @ApiProperty({ example: 'Hello, miguel!' })
  data!: string;
}
