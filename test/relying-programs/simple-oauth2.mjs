import { ClientCredentials } from 'simple-oauth2';
import { CLIENT_ID, CLIENT_SECRET, ISSUER, report } from './program.mjs';

/** @param authorizationMethod where the library puts the credentials: `header` or `body` */
async function grantAndRevoke(authorizationMethod) {
  const client = new ClientCredentials({
    client: { id: CLIENT_ID, secret: CLIENT_SECRET },
    auth: { tokenHost: ISSUER, tokenPath: '/oauth/token', revokePath: '/oauth/revoke' },
    options: { authorizationMethod },
  });
  const granted = await client.getToken({ scope: 'orders:read' });
  const { token } = granted;
  await granted.revoke('access_token');
  return token;
}

report({ inHeader: await grantAndRevoke('header'), inBody: await grantAndRevoke('body') });
