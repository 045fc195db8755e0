import { Env } from '../../src/config/env.js';
import { Metrics } from '../../src/metrics/metrics.js';

/** For parts of the service that a test makes by itself. */
export const noMetrics = new Metrics(Env.load({ METRICS: 'false' }));
