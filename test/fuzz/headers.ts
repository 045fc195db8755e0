import * as fc from 'fast-check';
import type { Operation } from '../support/openapi.js';
import { slot } from './meanings.js';
import { anyText, PROTOTYPE_KEYS, repeated } from './texts.js';

export type Header = [name: string, value: string];

/** How the credentials of an `Authorization` header are written once their slots are filled. */
export interface Authorization {
  scheme: string;
  credentials: string;
  coding: 'plain' | 'base64';
  /** One character of the credentials is another. */
  altered?: { at: number; character: string };
}

/** Whatever may stand in a header: Latin-1 without controls (RFC 9110 §5.5). */
const headerText = fc.string({
  unit: fc
    .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }))
    .map((code) => String.fromCharCode(code)),
});

/** How long the framing of a request says it is, is the sender's business. */
const FRAMING = /^(content-length|transfer-encoding|host|authorization)$/i;

const anyHeader: fc.Arbitrary<Header> = fc.tuple(
  fc.oneof(
    fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$/).filter((name) => !FRAMING.test(name)),
    fc.constantFrom(...PROTOTYPE_KEYS, 'Cookie', 'User-Agent', 'Origin', 'Referer', 'Accept'),
  ),
  headerText,
);

/** Headers that something on the way may act upon, with values it may or may not expect. */
const knownHeader: fc.Arbitrary<Header> = fc.oneof(
  ...Object.entries({
    'X-Forwarded-For': ['203.0.113.9', '::1, 10.0.0.1', ',,,', repeated('x', 300), '127.0.0.1:80'],
    'X-Forwarded-Proto': ['https', 'https,http', 'javascript'],
    'X-Forwarded-Host': ['evil.example', 'a,b', '@'],
    Forwarded: ['for=192.0.2.1;proto=https', 'for="_x'],
    'X-Request-Id': ['abc', 'a'.repeat(128), 'a'.repeat(129), 'a b', '"><'],
    traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-0-0-0', 'ff'],
    Range: ['bytes=0-0', 'bytes=-1', 'bytes=9-1,0-', 'lines=1'],
    Expect: ['100-continue', '200-ok', ''],
    'If-None-Match': ['*', '"x"', 'W/"x", "y"', '"'],
    'If-Modified-Since': ['Thu, 01 Jan 1970 00:00:00 GMT', 'never'],
    Accept: ['text/html', 'application/xml;q=0.1', '*/*;q=2', ''],
    'Accept-Encoding': ['gzip', 'br;q=1.0, identity;q=0', '*;q=0'],
    'Sec-Fetch-Site': ['cross-site', 'same-origin', 'none'],
    Origin: ['null', 'https://evil.example'],
    Connection: ['close', 'keep-alive', 'upgrade', 'Authorization', 'x,,y'],
    Upgrade: ['websocket', 'h2c'],
    TE: ['trailers', 'gzip'],
    'X-HTTP-Method-Override': ['DELETE', 'GET'],
    'X-User-Id': ['1'],
    Host: ['evil.example', ''],
    Authorization: ['Basic Og=='],
  }).map(([name, values]) =>
    fc.tuple(
      fc.constantFrom(name, name.toLowerCase(), name.toUpperCase()),
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, headerText),
    ),
  ),
);

export const headers: fc.Arbitrary<Header[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Header[]>([]) },
  { weight: 6, arbitrary: fc.array(fc.oneof(anyHeader, knownHeader), { maxLength: 6 }) },
  {
    weight: 1,
    arbitrary: fc.nat(20_000).map((length): Header[] => [['X-Long', repeated('x', length)]]),
  },
);

/** Credentials that the service made or knows, as the schemes take them. */
const genuine: Record<string, fc.Arbitrary<Authorization>> = {
  bearer: fc.constant({ scheme: 'Bearer', credentials: slot('token'), coding: 'plain' }),
  basic: fc
    .constantFrom(`${slot('username')}:${slot('password')}`, `${slot('token')}:`)
    .map((credentials) => ({ scheme: 'Basic', credentials, coding: 'base64' })),
  key: fc.constant({ scheme: 'Bearer', credentials: slot('key'), coding: 'plain' }),
  basicOfClient: fc.constant({
    scheme: 'Basic',
    credentials: `${slot('clientId')}:${slot('clientSecret')}`,
    coding: 'base64',
  }),
};

const scheme = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('Bearer', 'Basic', 'bearer', 'bASIC', 'Bearer ') },
  { weight: 2, arbitrary: fc.constantFrom('Digest', 'Negotiate', 'BearerX', 'NotBasic', '', ' ') },
  headerText,
);

const altered: fc.Arbitrary<Authorization> = fc.record({
  scheme: fc.constant('Bearer'),
  credentials: fc.constant(slot('token')),
  coding: fc.constant('plain'),
  altered: fc.record({
    at: fc.nat(400),
    character: fc.constantFrom('A', 'b', '0', '-', '_', '.', '=', ' ', '\u00e9'),
  }),
});

const credentials = fc.oneof(
  fc.constantFrom(slot('expired'), slot('recent'), slot('token'), slot('session'), ''),
  fc.constantFrom(`${slot('token')}, Basic Og==`, `${slot('token')} ${slot('token')}`, 'e30.e30.'),
  fc.constantFrom(`${slot('username')}:wrong`, `:${slot('password')}`, `${slot('token')}:x`, ':'),
  fc.tuple(anyText, anyText).map(([user, password]) => `${user}:${password}`),
  fc.nat(20_000).map((length) => repeated('x', length)),
  headerText,
);

/** What an operation asks for, or anything else, or nothing. */
export function authorizations(operation: Operation): fc.Arbitrary<Authorization | undefined> {
  const asked = (operation.security ?? [])
    .flatMap((requirement) => Object.keys(requirement))
    .map((name) => (operation.tags?.includes('OAuth') ? `${name}OfClient` : name))
    .flatMap((name) => genuine[name] ?? []);
  const right = asked.length > 0 ? fc.oneof(...asked) : fc.constant(undefined);
  const coding = fc.constantFrom<Authorization['coding']>('plain', 'base64');
  return fc.oneof(
    { weight: 6, arbitrary: right },
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.oneof(...Object.values(genuine)) },
    { weight: 1, arbitrary: altered },
    { weight: 2, arbitrary: fc.record({ scheme, credentials, coding }) },
  );
}
