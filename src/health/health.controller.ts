import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Public } from '../common/access.decorators.js';
import { Database } from '../database/database.js';
import { ApiProblems } from '../problems/api-problems.js';
import { DomainError } from '../problems/errors.js';
import { toDomainError } from '../problems/problem.js';
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
    const results = await Promise.allSettled([this.database.ping(), this.store.ping()]);
    const reasons = results.flatMap((result) =>
      result.status === 'rejected' ? [toDomainError(result.reason)] : [],
    );
    if (reasons.length > 0) {
      throw new DomainError('service-unavailable', {
        detail: reasons.map(({ detail }) => detail).join('; '),
        cause: reasons[0],
      });
    }
    return { status: 'ok' };
  }
}
