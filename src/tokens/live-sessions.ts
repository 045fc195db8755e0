import { Injectable } from '@nestjs/common';
import { Metrics } from '../metrics/metrics.js';
import { SessionRows } from './session-rows.js';

/** Lets the metrics show how many sessions live. */
@Injectable()
export class LiveSessions {
  constructor(metrics: Metrics, rows: SessionRows) {
    metrics.watchSessions(() => rows.countRenewable());
  }
}
