import { spawn, type ChildProcess } from 'node:child_process';
import { CLIENT, StandIn } from '../../verifiers/conformance/stand-in.mjs';
import { eventually } from '../support/eventually.js';
import { end, freePort } from '../support/processes.mjs';
import {
  buildVerifier,
  exampleOn,
  PYTHON,
  removeBuilt,
  VERIFIERS,
} from '../../scripts/support/verifier-programs.mjs';

const PERSON = { sub: '7', client_id: 'gatehouse', username: 'miguel', roles: ['auditor'] };
const CLIENT_TOKEN = { sub: 'gtc_1', client_id: 'gtc_1', username: undefined, roles: undefined };

const LIMIT_MS = 30_000;

/** How each example API is started on a port. */
const EXAMPLES = {
  Express: () => ['node', exampleOn('express')],
  Fastify: () => ['node', exampleOn('fastify')],
  Nest: () => ['node', exampleOn('nest')],
  Flask: (port: number) => [
    PYTHON,
    '-c',
    'import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); ' +
      `from example import app; app.run(port=${port})`,
  ],
};

beforeAll(buildVerifier);
afterAll(removeBuilt);

describe.each(Object.entries(EXAMPLES))('An API on %s', (_framework, command) => {
  let gatehouse: StandIn;
  let api: ChildProcess;
  let url: string;

  beforeAll(async () => {
    gatehouse = await StandIn.start();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const [program = '', ...words] = command(port);
    api = spawn(program, words, {
      cwd: `${VERIFIERS}/python`,
      stdio: 'ignore',
      env: {
        ...process.env,
        PORT: String(port),
        GATEHOUSE_URL: gatehouse.url,
        GATEHOUSE_CLIENT_ID: CLIENT.clientId,
        GATEHOUSE_CLIENT_SECRET: CLIENT.clientSecret,
      },
    });
    await eventually(async () => {
      await fetch(`${url}/hello`);
    }, LIMIT_MS);
    gatehouse.issue('person', PERSON);
    gatehouse.issue('guest', { ...PERSON, roles: ['guest'] });
    gatehouse.issue('client', { ...CLIENT_TOKEN, scope: 'other reports' });
    gatehouse.issue('narrow', { ...CLIENT_TOKEN, scope: 'other' });
  });

  afterAll(async () => {
    await end(api, 'SIGTERM');
    await gatehouse.stop();
  });

  async function get(path: string, authorization?: string) {
    const headers = new Headers(authorization === undefined ? {} : { authorization });
    const answer = await fetch(url + path, { headers });
    return {
      status: answer.status,
      challenge: answer.headers.get('WWW-Authenticate'),
      retryAfter: answer.headers.get('Retry-After'),
      body: await answer.json(),
    };
  }

  it('lets a person with a live token in, and tells the route who it is', async () => {
    for (const scheme of ['Bearer', 'bearer']) {
      const { status, body } = await get('/hello', `${scheme} person`);
      expect([status, body]).toEqual([200, { hello: 'miguel' }]);
    }
  });

  it('asks for a token without an error if there is none', async () => {
    for (const authorization of [undefined, 'Basic bWlndWVsOnB5dGhvbg==']) {
      const { status, challenge } = await get('/hello', authorization);
      expect([status, challenge]).toEqual([401, 'Bearer realm="api"']);
    }
  });

  it('refuses a token that is not live', async () => {
    for (const token of ['unknown', '', 'a b', 'gth_typing-error']) {
      const { status, challenge } = await get('/hello', `Bearer ${token}`);
      expect(status).toBe(401);
      // An empty header is trimmed to the scheme alone: no token came.
      if (token) expect(challenge).toContain('Bearer realm="api", error="invalid_token"');
    }
  });

  it('refuses a person without the role, and clients', async () => {
    expect((await get('/reports', 'Bearer person')).status).toBe(200);
    for (const [path, token] of [
      ['/reports', 'guest'],
      ['/reports', 'narrow'],
      ['/hello', 'client'],
    ] as const) {
      const { status, challenge } = await get(path, `Bearer ${token}`);
      expect(status).toBe(403);
      expect(challenge).toContain('Bearer realm="api", error="insufficient_scope"');
    }
  });

  it('lets a client with the scope in', async () => {
    expect((await get('/reports', 'Bearer client')).status).toBe(200);
    const { challenge } = await get('/reports', 'Bearer narrow');
    expect(challenge).toContain('scope="reports"');
  });

  it('refuses the next request once a log-out is acknowledged', async () => {
    gatehouse.issue('leaving', { ...PERSON, sid: 'leaving' });
    expect((await get('/hello', 'Bearer leaving')).status).toBe(200);
    gatehouse.revoke('leaving');
    await gatehouse.change('leaving');
    expect((await get('/hello', 'Bearer leaving')).status).toBe(401);
  });

  it('says 503 if the token cannot be checked', async () => {
    await gatehouse.stop();
    const { status, retryAfter, challenge } = await get('/hello', 'Bearer not-kept');
    expect([status, retryAfter, challenge]).toEqual([503, '1', null]);
    await gatehouse.listen();
    await eventually(
      async () => expect((await get('/hello', 'Bearer person')).status).toBe(200),
      LIMIT_MS,
    );
  });

  it('gives its lease back when it is stopped', async () => {
    await gatehouse.settled();
    const { verifiers } = gatehouse;
    await end(api, 'SIGTERM');
    expect(gatehouse.farewells).toEqual(verifiers);
  });
});
