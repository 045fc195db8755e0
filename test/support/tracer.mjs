// Holds on to the service where docs/guides/tracing.md does, from outside and without OpenTelemetry, and
// tells on standard error what it sees. Loaded by --import.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import pg from 'pg';

const traces = new AsyncLocalStorage();

function tell(seen) {
  console.error(`TRACED ${JSON.stringify({ ...seen, traceId: traces.getStore() })}`);
}

subscribe('http.server.request.start', ({ request }) => {
  const traceId = randomBytes(16).toString('hex');
  request.headers.traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  traces.enterWith(traceId);
});

subscribe('tracing:fastify.request.handler:start', ({ request, route }) => {
  tell({ route: `${route.method} ${route.url}`, requestId: request.id });
});

const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (...args) {
  tell({ query: args[0].text ?? args[0] });
  return query.apply(this, args);
};
