import { ApiProperty } from '@nestjs/swagger';

/** An answer that says what was done. */
export class MessageDto {
  @ApiProperty({ example: 'Logged out successfully' })
  message!: string;
}
