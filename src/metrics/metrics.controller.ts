import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Registry } from 'prom-client';
import { Public } from '../common/access.decorators.js';
import { ApiProblems } from '../problems/api-problems.js';
import { Metrics } from './metrics.js';

const EXAMPLE = `# HELP gatehouse_registrations_total Accounts that were made.
# TYPE gatehouse_registrations_total counter
gatehouse_registrations_total 42
`;

/** Part of the application if `METRICS` is true. */
@ApiTags('Health')
@Controller('metrics')
@Public()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  @ApiOperation({ summary: 'What Prometheus collects' })
  @ApiProblems('not-found')
  @ApiOkResponse({
    description: "The metrics of this instance, in Prometheus' text format 0.0.4",
    content: { 'text/plain': { schema: { type: 'string' }, example: EXAMPLE } },
  })
  async read(): Promise<string> {
    return this.metrics.exposition();
  }
}
