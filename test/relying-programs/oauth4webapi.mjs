import * as oauth from 'oauth4webapi';
import { CLIENT_ID, CLIENT_SECRET, ISSUER, USER_TOKEN, report } from './program.mjs';

// The tests' service speaks HTTP on loopback.
const insecure = { [oauth.allowInsecureRequests]: true };
const client = { client_id: CLIENT_ID };

const issuer = new URL(ISSUER);
const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
);

async function tokenBy(authentication, scope) {
  const parameters = new URLSearchParams(scope && { scope });
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    authentication,
    parameters,
    insecure,
  );
  return oauth.processClientCredentialsResponse(server, client, response);
}

async function introspect(token) {
  const response = await oauth.introspectionRequest(
    server,
    client,
    oauth.ClientSecretBasic(CLIENT_SECRET),
    token,
    insecure,
  );
  return oauth.processIntrospectionResponse(server, client, response);
}

/** The claims of a token that the key set vouches for (RFC 9068 §4). */
async function validate(token) {
  const request = new Request(ISSUER, { headers: { authorization: `Bearer ${token}` } });
  return oauth.validateJwtAccessToken(server, request, ISSUER, insecure);
}

/** The code of OAuth's error, as the library reads it. */
async function errorOf(attempt) {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    return { status: error.status ?? error.response?.status, error: error.error ?? error.name };
  }
}

const basic = oauth.ClientSecretBasic(CLIENT_SECRET);
const granted = await tokenBy(basic);
const posted = await tokenBy(oauth.ClientSecretPost(CLIENT_SECRET), 'orders:read');
const active = await introspect(granted.access_token);
const claims = await validate(granted.access_token);
const userClaims = await validate(USER_TOKEN);
const user = await introspect(USER_TOKEN);
const revocation = await oauth.revocationRequest(
  server,
  client,
  basic,
  granted.access_token,
  insecure,
);
await oauth.processRevocationResponse(revocation);

report({
  granted,
  posted,
  active,
  claims,
  user,
  userClaims,
  afterRevocation: await introspect(granted.access_token),
  wrongSecret: await errorOf(tokenBy(oauth.ClientSecretBasic('gts_wrong'))),
  wrongSecretPosted: await errorOf(tokenBy(oauth.ClientSecretPost('gts_wrong'))),
  wrongScope: await errorOf(tokenBy(basic, 'never:given')),
});
