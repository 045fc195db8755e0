import { resolve } from 'node:path';
import { newPostgresDatabase } from '../support/postgres.js';
import { Server } from '../support/server.js';
import { atOnce } from '../support/tokens.js';

const TRACER = resolve(__dirname, '../support/tracer.mjs');

interface Traced {
  traceId?: string;
  route?: string;
  requestId?: string;
  query?: string;
}

/** What the tracer of test/support saw of one request. */
function tracedOf({ output }: Server, { headers }: { headers: Headers }): Traced[] {
  const traced = [...output.matchAll(/^TRACED (.*)$/gm)].map(
    ([, line = '']) => JSON.parse(line) as Traced,
  );
  const id = headers.get('x-request-id');
  const traceId = traced.find(({ requestId }) => requestId === id)?.traceId ?? 'none';
  return traced.filter((seen) => seen.traceId === traceId);
}

describe('A tracer that is loaded beside the service', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start({
      DATABASE_URL: await newPostgresDatabase(),
      NODE_OPTIONS: `--import ${TRACER}`,
    });
  });

  it('is told the route and the id of each request, and sees the queries that it causes', async () => {
    const account = await server.client.register();
    const answer = await server.client.get(`/api/users/${account.id}`);
    const [handled, ...queries] = tracedOf(server, answer);
    expect(handled).toMatchObject({ route: 'GET /api/users/:id' });
    expect(queries).toEqual([
      expect.objectContaining({ query: expect.stringContaining('FROM "users"') }),
    ]);
  });

  it('gives the lines of the log its trace, also of requests at once', async () => {
    const { username } = await server.client.register();
    const json = { username, password: 'wrong' };
    const answers = await atOnce(5, () => server.client.post('/authenticate_user', { json }));
    const traces = answers.map((answer) => {
      const traced = tracedOf(server, answer);
      expect(traced[0]).toMatchObject({ route: 'POST /authenticate_user' });
      expect(traced.length).toBeGreaterThan(1);
      const lines = server.linesOf(answer);
      expect(lines.length).toBeGreaterThan(0);
      expect(new Set(lines.map(({ traceId }) => traceId))).toEqual(new Set([traced[0]?.traceId]));
      return traced[0]?.traceId;
    });
    expect(new Set(traces).size).toBe(5);
  });

  it('sees no password, name, token or hash in a query', async () => {
    const { username, password, token } = await server.client.newSession();
    await server.client.get('/user/sessions', { bearer: token });
    const queries = [...server.output.matchAll(/^TRACED .*"query".*$/gm)].join('\n');
    expect(queries).toContain('INSERT INTO');
    for (const secret of [username, password, token, '$argon2id$']) {
      expect(queries).not.toContain(secret);
    }
  });
});
