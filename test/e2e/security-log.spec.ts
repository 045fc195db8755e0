import { join } from 'node:path';
import { describeOnEachDatabase } from '../support/backends.js';
import { claimsOf, uniqueName, type Answer, type Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Server, type LogLine } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';
import { atOnce, forge, logOut, renew, renewed, TEST_KEY } from '../support/tokens.js';

const sidOf = (token: string) => String(claimsOf(token).sid);

describeOnEachDatabase('The log tells of security events:', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    const variables = { MAX_SESSIONS: '2', TOKEN_REUSE_INTERVAL: '0', JWT_KEY: TEST_KEY };
    server = await start(variables);
    ({ client } = server);
  });

  /** What the log tells of an account, oldest first: level, event and session. */
  function storyOf(userId: number): unknown[] {
    return server.lines
      .filter((line) => line.context === 'Security' && line.userId === userId)
      .map(({ level, event, sessionId }) => [level, event, sessionId ?? null]);
  }

  async function expectStory(userId: number, story: unknown[]): Promise<void> {
    await eventually(() => expect(storyOf(userId)).toEqual(story), 5_000);
  }

  /** The one line of a request. */
  async function lineOf(answer: Answer): Promise<LogLine> {
    await eventually(() => expect(server.linesOf(answer)).toHaveLength(1), 5_000);
    return server.linesOf(answer)[0] as LogLine;
  }

  it('who did what, when and from where', async () => {
    const json = { username: uniqueName(), password: 'correct horse' };
    const headers = { 'user-agent': 'curl/8' };
    const answer = await client.post('/api/users', { json, headers });
    expect(await lineOf(answer)).toEqual({
      level: 'info',
      time: expect.any(String),
      pid: server.pid,
      hostname: expect.any(String),
      requestId: answer.headers.get('x-request-id'),
      context: 'Security',
      event: 'account.registered',
      outcome: 'success',
      userId: Number(answer.headers.get('location')?.split('/').at(-1)),
      address: '127.0.0.1',
      userAgent: 'curl/8',
      msg: 'account.registered',
    });
  });

  it('every change of an account and of its sessions (S76)', async () => {
    const { token: one, id, username, password } = await client.newSession();
    const two = await renewed(client, one);
    await client.post('/authenticate_user', { json: { username, password: 'wrong' } });
    await client.put('/user', { bearer: two, json: { username: `${username}-2` } });
    const changes = { password: 'something new', current_password: password };
    await client.put('/user', { bearer: two, json: changes });
    const other = { username: `${username}-2`, password: 'something new' };
    const three = await client.login(other);
    await logOut(client, three);
    const four = await client.login(other);
    await client.delete('/user', { bearer: four });
    await expectStory(id, [
      ['info', 'account.registered', null],
      ['info', 'login.succeeded', sidOf(one)],
      ['info', 'token.renewed', sidOf(one)],
      ['warn', 'login.failed', null],
      ['info', 'username.changed', sidOf(one)],
      ['info', 'password.changed', sidOf(one)],
      ['info', 'login.succeeded', sidOf(three)],
      ['info', 'session.ended', sidOf(three)],
      ['info', 'login.succeeded', sidOf(four)],
      ['info', 'account.deleted', sidOf(four)],
    ]);
  });

  it('a session that one too many ended, in the log and to its owner', async () => {
    const { token: one, ...account } = await client.newSession();
    const two = await client.login(account);
    const three = await client.login(account);
    await expectStory(account.id, [
      ['info', 'account.registered', null],
      ['info', 'login.succeeded', sidOf(one)],
      ['info', 'login.succeeded', sidOf(two)],
      ['info', 'login.succeeded', sidOf(three)],
      ['info', 'session.ended', sidOf(one)],
    ]);
    const { body } = await client.get('/user/events?limit=1', { bearer: three });
    expect(body.events).toEqual([
      expect.objectContaining({ type: 'session.ended', session_id: sidOf(one) }),
    ]);
  });

  it('a token that was stolen', async () => {
    const { token, id } = await client.newSession();
    await renewed(client, token);
    expect((await renew(client, token)).status).toBe(401);
    await eventually(() => {
      expect(storyOf(id).slice(-2)).toEqual([
        ['warn', 'token.reuse_detected', sidOf(token)],
        ['info', 'access.refused', sidOf(token)],
      ]);
    }, 5_000);
  });

  it('nothing that did not happen: of many who ask for one name, one is registered', async () => {
    const json = { username: uniqueName(), password: 'correct horse' };
    const answers = await atOnce(10, () => client.post('/user', { json }));
    const winners = answers.filter(({ status }) => status === 201);
    expect(winners).toHaveLength(1);
    for (const answer of winners) {
      expect((await lineOf(answer)).event).toBe('account.registered');
    }
    const told = answers.flatMap((answer) => server.linesOf(answer));
    expect(told).toHaveLength(1);
  });

  describe('each refusal', () => {
    const common = { level: 'info', context: 'Security', event: 'access.refused' };

    it('of a token that has ended, with whose it was', async () => {
      const { token, id } = await client.newSession();
      await logOut(client, token);
      const line = await lineOf(await client.get('/user?token=in-the-query', { bearer: token }));
      const reason = { reason: 'token-invalid', method: 'GET', route: '/user' };
      expect(line).toMatchObject({ ...common, ...reason, userId: id, sessionId: sidOf(token) });
      expect(JSON.stringify(line)).not.toContain('in-the-query');
    });

    it('of a token that has expired, with whose it was', async () => {
      const { token, id } = await client.newSession();
      const expired = forge(token, { claims: { exp: 1_000 } });
      const line = await lineOf(await client.get('/user', { bearer: expired }));
      expect(line).toMatchObject({ ...common, userId: id, sessionId: sidOf(token) });
    });

    it('of a forged token, without believing it', async () => {
      const { token } = await client.newSession();
      const forged = forge(token, { key: 'y'.repeat(32) });
      const line = await lineOf(await client.get('/user', { bearer: forged }));
      expect(line).toMatchObject({ ...common, reason: 'token-invalid' });
      expect(line).not.toHaveProperty('userId');
      expect(line).not.toHaveProperty('sessionId');
    });

    it.each([
      ['nobody', 'token-missing', { path: '/user' }],
      ['nobody by Basic', 'credentials-missing', { path: '/api/token' }],
      [
        'a page of another site',
        'cross-site-request',
        { path: '/api/token', headers: { 'sec-fetch-site': 'cross-site' } },
      ],
      [
        'what is no Basic header',
        'invalid-login',
        { path: '/api/token', headers: { authorization: 'Basic ???' } },
      ],
    ])('of %s', async (_, reason, { path, ...options }) => {
      const line = await lineOf(await client.get(path, options));
      expect(line).toMatchObject({ ...common, reason, route: path, outcome: 'failure' });
    });
  });
});

describe('An event whose change was undone', () => {
  it('is neither in the log nor in the table', async () => {
    const server = await Server.start();
    const { token } = await server.client.newSession();
    const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
    await file.query(
      "CREATE TRIGGER undo BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'undo it'); END",
    );
    const headers = { authorization: `Bearer ${token}` };
    const { status } = await fetch(`${server.url}/user`, { method: 'DELETE', headers });
    expect(status).toBe(500);
    expect((await server.client.get('/user', { bearer: token })).status).toBe(200);
    const rows = await file.query<{ type: string }>('SELECT type FROM security_events ORDER BY id');
    await file.close();
    await server.stop();
    const events = ['account.registered', 'login.succeeded'];
    expect(rows.map(({ type }) => type)).toEqual(events);
    const lines = server.lines.filter(({ context }) => context === 'Security');
    expect(lines.map(({ event }) => event)).toEqual(events);
  });
});
