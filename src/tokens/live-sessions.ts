import { Injectable } from '@nestjs/common';
import { Metrics } from '../metrics/metrics.js';
import { SessionQueries } from './session-queries.js';

/** Lets the metrics show how many sessions live. */
@Injectable()
export class LiveSessions {
  constructor(metrics: Metrics, queries: SessionQueries) {
    metrics.watchSessions(() => queries.countRenewable());
  }
}
