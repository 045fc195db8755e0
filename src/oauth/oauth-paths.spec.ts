import { isOAuthAddress } from './oauth-paths.js';

describe('The edge of OAuth', () => {
  it.each([
    '/oauth',
    '/oauth/token',
    '/oauth?x',
    '/oauth/%ff',
    'http://auth.example.com/oauth/token',
    'HTTP://evil/oauth/token',
    'HTTPS://evil:1/%6Fauth',
    '/%6fauth/token',
    '/%6fauth/%ff',
    '/o%61uth#x',
    '/%2ewell-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/path',
  ])('has %s', (url) => expect(isOAuthAddress(url)).toBe(true));

  it.each([
    '/',
    '/user',
    '/oauthx',
    '/user?/oauth/',
    '/docs/oauth/',
    '/.well-known/jwks.json',
    '',
    '/oauth%2ftoken',
    '/%256fauth/token',
    '/x?/%6fauth/',
    'HTTP://evil?/oauth/',
  ])('has not %s', (url) => expect(isOAuthAddress(url)).toBe(false));
});
