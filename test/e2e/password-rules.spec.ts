import { clockAt } from '../support/fake-clock.js';
import { uniqueName, type Client } from '../support/client.js';
import { Server } from '../support/server.js';
import { datesOf, nowSeconds, TEST_KEY } from '../support/tokens.js';

const DAY_SECONDS = 24 * 3600;

describe('In production a password', () => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await Server.start({
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://auth.example.com',
      JWT_KEY: TEST_KEY,
      SWAGGER: 'true',
    });
    client = server.client;
  });

  it.each([
    ['small letters alone', 'tangerines grow'],
    ['digits alone', '8146290357'],
    ['signs alone', '~>;%)_#<'],
    ['letters of another script alone', 'мандарины'],
    ['emoji alone', '🍊🐍🔑🌳🏰🚪🌙🐝'],
  ])('may be of %s (S3, S4)', async (_, password) => {
    await client.login(await client.register({ password }));
  });

  it('has neither a hint nor a question beside it (S4)', async () => {
    const { text } = await client.get('/docs-json');
    const names = text.match(/"[^"]*"(?=\s*:)/g);
    expect(names).toContain('"current_password"');
    // Of the end of an API key, and of the kind of a token (RFC 7009 §2.1).
    const others = names?.filter((name) => !['"hint"', '"token_type_hint"'].includes(name));
    // Recovery codes stand in for a second factor, and never for a password.
    const questions = /hint|question|answer_to|recovery(?!_?codes)/i;
    expect(others?.filter((name) => questions.test(name))).toEqual([]);
    for (const field of ['hint', 'password_hint', 'security_question']) {
      const json = { username: uniqueName(), password: 'tangerines grow', [field]: 'x' };
      const { status, body } = await client.post('/user', { json });
      expect([status, body.errors]).toEqual([400, [{ field, detail: expect.any(String) }]]);
    }
  });

  it('opens the account 400 days after it was set (S4)', async () => {
    const account = await client.register({ password: 'tangerines grow' });
    server = await server.restart(clockAt('+400d'));
    const { iat } = datesOf(await server.client.login(account));
    expect(iat).toBeGreaterThan(nowSeconds() + 399 * DAY_SECONDS);
  });
});
