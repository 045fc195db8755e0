import { describeOnEachBackend } from '../support/backends.js';
import type { Client } from '../support/client.js';

const BASIC = 'Basic realm="Authentication Required"';
const BEARER = 'Bearer realm="gatehouse"';

describeOnEachBackend('GET /api/users/:id with PUBLIC_PROFILES=false', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start({ PUBLIC_PROFILES: 'false' }));
  });

  it('takes a password, a token as username, and a Bearer token', async () => {
    const { id, username, password, token } = await client.newSession();
    for (const options of [
      { basic: `${username}:${password}` },
      { basic: `${token}:` },
      { bearer: token },
    ]) {
      const { status, body } = await client.get(`/api/users/${id}`, options);
      expect([status, body]).toEqual([200, { username }]);
    }
  });

  it.each([
    ['no credentials', {}, `${BASIC}, ${BEARER}`],
    ['a wrong password', { basic: 'nobody:wrong' }, `${BASIC}, ${BEARER}`],
    [
      'a bad Bearer token',
      { bearer: 'e30.e30.e30' },
      `${BASIC}, ${BEARER}, error="invalid_token", ` +
        'error_description="Invalid or expired token"',
    ],
  ])('refuses %s, naming both ways', async (_, options, challenge) => {
    const { id } = await client.register();
    const { status, headers } = await client.get(`/api/users/${id}`, options);
    expect([status, headers.get('www-authenticate')]).toEqual([401, challenge]);
  });
});
