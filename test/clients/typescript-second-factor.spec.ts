import {
  dataOf,
  GatehouseProblem,
  type SecondFactorChallenge,
} from '../../clients/typescript/src/index.js';
import { Server } from '../support/server.js';
import { Authenticator } from '../support/totp.js';
import { callerOf, failureOf, loggedIn, type Caller } from './caller.js';

describe('The client for TypeScript, with a second factor', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start();
  });

  /** Somebody who has added a second factor. */
  async function guarded() {
    const caller = await loggedIn(server);
    const { client, username, password } = caller;
    const body = { type: 'totp', current_password: password } as const;
    const { id, secret } = await dataOf(client.POST('/user/factors', { body }));
    const app = new Authenticator(secret);
    const confirmation = { params: { path: { id } }, body: { code: app.next() } };
    const { recovery_codes } = await dataOf(client.PUT('/user/factors/{id}', confirmation));
    return { ...caller, account: { username, password }, app, codes: recovery_codes ?? [] };
  }

  /** The challenge that a log-in meets. */
  async function challenged(
    { client }: Caller,
    account: { username: string; password: string },
  ): Promise<SecondFactorChallenge> {
    const challenge = await client.login(account);
    if (!challenge) throw new Error('The log-in needed no second factor');
    return challenge;
  }

  it('logs in without a challenge where there is no factor', async () => {
    const { username, password } = await server.client.register();
    const { client } = callerOf(server);
    expect(await client.login({ username, password })).toBeUndefined();
    expect(client.token).toBeDefined();
  });

  it('keeps the session in which the factor was added', async () => {
    const { client, loggedOut } = await guarded();
    const { factors } = await dataOf(client.GET('/user/factors'));
    expect(factors).toMatchObject([{ type: 'totp' }]);
    expect(loggedOut).toEqual([]);
  });

  it('logs in with a challenge and a code, and has no token in between', async () => {
    const { account, app } = await guarded();
    const caller = callerOf(server);
    const challenge = await challenged(caller, account);
    expect([challenge.factors, challenge.expiresInSeconds]).toEqual([['totp'], 300]);
    expect([caller.client.token, caller.tokens]).toEqual([undefined, []]);
    await challenge.verify(app.next());
    const { user } = await dataOf(caller.client.GET('/user'));
    expect(user.username).toBe(account.username);
    expect(caller.tokens).toEqual([caller.client.token]);
  });

  it('lets another code be tried after a wrong one, such as a recovery code', async () => {
    const { account, codes } = await guarded();
    const caller = callerOf(server);
    const challenge = await challenged(caller, account);
    const problem = await failureOf(challenge.verify('AAAA-AAAA-AAAA-AAAA'));
    expect(problem).toBeInstanceOf(GatehouseProblem);
    expect(problem).toMatchObject({ status: 400, type: '/problems/code-invalid' });
    expect(caller.client.token).toBeUndefined();
    await challenge.verify(codes[0] ?? '');
    expect((await caller.client.GET('/user')).response.status).toBe(200);
  });

  it('says that a challenge is over which was answered', async () => {
    const { account, codes } = await guarded();
    const caller = callerOf(server);
    const challenge = await challenged(caller, account);
    await challenge.verify(codes[0] ?? '');
    const { token } = caller.client;
    const problem = await failureOf(challenge.verify(codes[1] ?? ''));
    expect(problem).toMatchObject({ status: 401, type: '/problems/challenge-invalid' });
    expect([caller.client.token, caller.loggedOut]).toEqual([token, []]);
  });

  it('throws what a wrong password meets, as it does without a factor', async () => {
    const { account } = await guarded();
    const wrong = { ...account, password: 'wrong horse' };
    const problem = await failureOf(callerOf(server).client.login(wrong));
    expect(problem).toMatchObject({ status: 401, type: '/problems/invalid-login' });
  });

  it('sends the token of a mail beside its own', async () => {
    const { client, wire, loggedOut } = await loggedIn(server);
    const body = { token: 'x0aXZW1yZGZ0cmV0cnQ0NTY3ODlhYmNkZWZnaGlqa2w' };
    const { error } = await client.POST('/user/email/verify', { body });
    expect(error?.type).toBe('/problems/code-invalid');
    expect([wire.log.at(-1), loggedOut]).toEqual(['POST /user/email/verify 400', []]);
  });
});
