import { type Client, uniqueName } from '../support/client.js';
import { exchange } from '../support/raw-http.js';
import { Server } from '../support/server.js';

const PASSWORD = 'correct horse';

describe('What is absent', () => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await Server.start({ PASSWORD_CHANGE_REQUIRES_CURRENT: 'true' });
    ({ client } = server);
  });

  describe('An empty body', () => {
    const logOut = (token: string, ...lines: string[]): Promise<string> => {
      const head = ['POST /logout HTTP/1.1', 'Host: a', 'Connection: close', ...lines];
      return exchange(
        server.port,
        [...head, `Authorization: Bearer ${token}`, '', ''].join('\r\n') +
          (lines.includes('Transfer-Encoding: chunked') ? '0\r\n\r\n' : ''),
      );
    };

    it.each([
      'application/x-www-form-urlencoded',
      'text/plain;charset=UTF-8',
      'application/json',
      'multipart/form-data; boundary=x',
      'no type at all',
      '',
    ])('has no type that could be wrong: %j', async (type) => {
      for (const body of ['Content-Length: 0', 'Accept: */*']) {
        const { token } = await client.newSession();
        expect(await logOut(token, body, `Content-Type: ${type}`)).toMatch(/^HTTP\/1\.1 200 /);
        expect(await client.accepts(token)).toBe(false);
      }
    });

    it.each(['application/x-www-form-urlencoded', 'application/json', undefined])(
      'is empty in chunks too: %j',
      async (type) => {
        const { token } = await client.newSession();
        const lines = type === undefined ? [] : [`Content-Type: ${type}`];
        const answer = await logOut(token, 'Transfer-Encoding: chunked', ...lines);
        expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      },
    );

    it('has no coding that could be wrong', async () => {
      const { token } = await client.newSession();
      const lines = ['Content-Type: application/json', 'Content-Encoding: gzip'];
      expect(await logOut(token, 'Transfer-Encoding: chunked', ...lines)).toMatch(/ 200 /);
    });

    it('lacks what a route needs', async () => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      for (const body of ['', '{}']) {
        const type = body === '' ? headers : { 'content-type': 'application/json' };
        const { status, body: problem } = await client.post('/user', { body, headers: type });
        expect([status, problem.type]).toEqual([400, '/problems/validation-failed']);
      }
    });

    it('is not one that has a single byte, in one piece or in chunks', async () => {
      const { token } = await client.newSession();
      const type = 'Content-Type: text/plain';
      const requests = [
        [`Content-Length: 1`, type, '', 'x'],
        ['Transfer-Encoding: chunked', type, '', '1', 'x', '0', '', ''],
      ];
      for (const lines of requests) {
        const head = ['POST /logout HTTP/1.1', 'Host: a', `Authorization: Bearer ${token}`];
        const answer = await exchange(server.port, [...head, ...lines].join('\r\n'));
        expect(answer).toMatch(/^HTTP\/1\.1 415 /);
      }
      expect(await client.accepts(token)).toBe(true);
    });

    it('makes no unknown path known, nor does another', async () => {
      const headers = { 'content-type': 'text/plain' };
      for (const body of ['', 'x']) {
        expect((await client.post('/nowhere', { body, headers })).status).toBe(404);
      }
    });
  });

  describe('A field that is null', () => {
    it('is missing if it is needed', async () => {
      const username = uniqueName();
      for (const sent of [{ password: PASSWORD }, { username }, {}]) {
        for (const path of ['/user', '/api/users', '/authenticate_user']) {
          const json = { username: null, password: null, ...sent };
          const { status, body } = await client.post(path, { json });
          expect([status, body]).toEqual([400, (await client.post(path, { json: sent })).body]);
        }
      }
    });

    it('is as if it was not sent, if it may be left out', async () => {
      const account = await client.newSession();
      const { token: bearer, password } = account;
      const change = (json: object) => client.put('/user', { bearer, json });
      const username = uniqueName();
      const renamed = await change({ username, password: null, current_password: null });
      expect(renamed.status).toBe(200);
      expect(await client.login({ username, password })).toBeDefined();
      const unproved = await change({ password: 'a new password', current_password: null });
      expect([unproved.status, unproved.body]).toEqual([
        400,
        (await change({ password: 'a new password' })).body,
      ]);
      const empty = await change({ username: null, password: null });
      expect([empty.status, empty.body]).toEqual([400, (await change({})).body]);
    });

    it('is no second token beside the one in the header', async () => {
      const { token } = await client.newSession();
      for (const path of ['/validate_token', '/renew_token', '/logout']) {
        const bearer = await client.login(await client.register());
        expect((await client.post(path, { bearer, json: { token: null } })).status).toBe(200);
        const { status, body } = await client.post(path, { json: { token: null } });
        expect([status, body.detail]).toEqual([401, 'Token is missing']);
      }
      expect(await client.accepts(token)).toBe(true);
    });

    it('is as if it was not sent, if it is not known', async () => {
      const json = { username: uniqueName(), password: PASSWORD, email: null };
      expect((await client.post('/user', { json })).status).toBe(201);
    });
  });
});
