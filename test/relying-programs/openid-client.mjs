import * as client from 'openid-client';
import { CLIENT_ID, CLIENT_SECRET, ISSUER, USER_TOKEN, report } from './program.mjs';

async function configurationBy(authentication) {
  return client.discovery(new URL(ISSUER), CLIENT_ID, undefined, authentication(CLIENT_SECRET), {
    algorithm: 'oauth2',
    // The tests' service speaks HTTP on loopback.
    execute: [client.allowInsecureRequests],
  });
}

const basic = await configurationBy(client.ClientSecretBasic);
const post = await configurationBy(client.ClientSecretPost);

const granted = await client.clientCredentialsGrant(basic, { scope: 'orders:read' });
const posted = await client.clientCredentialsGrant(post);
const active = await client.tokenIntrospection(basic, granted.access_token);
await client.tokenRevocation(basic, granted.access_token);

report({
  granted,
  posted,
  active,
  user: await client.tokenIntrospection(post, USER_TOKEN),
  afterRevocation: await client.tokenIntrospection(basic, granted.access_token),
});
