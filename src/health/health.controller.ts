import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Public } from '../common/access.decorators.js';
import { ApiProblems } from '../common/api-docs.js';
import { DomainError } from '../common/errors.js';
import { Database } from '../database/database.js';
import { RevocationStore } from '../tokens/revocation-store.js';

class StatusDto {
  @ApiProperty({ example: 'ok' })
  status!: string;
}

@ApiTags('Health')
@Controller('health')
@Public()
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly store: RevocationStore,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process runs' })
  @ApiOkResponse({ type: StatusDto })
  live(): StatusDto {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether the database and the token store answer' })
  @ApiOkResponse({ type: StatusDto })
  @ApiProblems('service-unavailable')
  async ready(): Promise<StatusDto> {
    const parts = { database: this.database, 'token store': this.store };
    const results = await Promise.allSettled(Object.values(parts).map((part) => part.ping()));
    const down = Object.keys(parts).filter((_, index) => results[index]?.status === 'rejected');
    if (down.length > 0) {
      throw new DomainError('service-unavailable', {
        detail: `Not answering: ${down.join(', ')}`,
        cause: results.find((result) => result.status === 'rejected')?.reason,
      });
    }
    return { status: 'ok' };
  }
}
