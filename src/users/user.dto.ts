import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { IsOmittable } from '../common/is-omittable.js';

const TEXT = { message: 'must be a string' };

/** A username and a password, for registration and log-in. */
export class CredentialsBody {
  @ApiProperty({ description: '4 to 80 characters, in any case', example: 'miguel' })
  @IsString(TEXT)
  username!: string;

  @ApiProperty({ format: 'password', example: 'python' })
  @IsString(TEXT)
  password!: string;
}

/** What a user wants changed. */
export class UserChangesBody {
  @ApiPropertyOptional({ example: 'susan' })
  @IsOmittable()
  @IsString(TEXT)
  username?: string;

  @ApiPropertyOptional({ format: 'password', example: 'a better password' })
  @IsOmittable()
  @IsString(TEXT)
  password?: string;

  @ApiPropertyOptional({
    format: 'password',
    description: 'Needed with a new password where the service demands it',
    example: 'python',
  })
  @IsOmittable()
  @IsString(TEXT)
  current_password?: string;
}

class UserDto {
  @ApiProperty({ type: 'integer', example: 1 })
  id!: number;

  @ApiProperty({ example: 'miguel' })
  username!: string;

  @ApiPropertyOptional({
    type: [String],
    description: 'The present roles, if there are any',
    example: ['editor'],
  })
  roles?: readonly string[];
}

export class OwnUserDto {
  @ApiProperty()
  user!: UserDto;

  @ApiProperty({ description: 'The token to use next', example: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' })
  token!: string;
}

export class UserUpdatedDto {
  @ApiProperty({ example: 'User updated successfully' })
  message!: string;

  @ApiProperty({ description: 'The token to use next', example: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' })
  token!: string;
}

export class PublicUserDto {
  @ApiProperty({ example: 'miguel' })
  username!: string;
}
