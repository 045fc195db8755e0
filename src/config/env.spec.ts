import { faultsOf } from '../../test/support/configuration-faults.js';
import { Env } from './env.js';

const KEY = 'pZ1x8Wq4TnB6cVfR2sYhJ0kLmD9gUeAo';

const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://auth.example.com',
  JWT_KEY: KEY,
};

describe('The configuration', () => {
  it('has a default for everything in development', () => {
    expect(Env.load({})).toMatchObject({
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      PORT: 3000,
      ALLOW_INSECURE_HOST: false,
      PUBLIC_URL: undefined,
      DATABASE_URL: 'sqlite:data/gatehouse.sqlite',
      JWT_KEY: undefined,
      JWT_PREVIOUS_KEYS: undefined,
      TOKEN_TTL: 2100,
      TOKEN_RENEW_GRACE: 300,
      TOKEN_REUSE_INTERVAL: 10,
      SESSION_MAX_AGE: 2_592_000,
      TOKEN_SINGLE_USE: false,
      MAX_SESSIONS: 100,
      PASSWORD_HASH: 'argon2id',
      PASSWORD_MIN_LENGTH: 6,
      PASSWORD_BLOCKLIST: false,
      PASSWORD_CHANGE_REQUIRES_CURRENT: false,
      PUBLIC_PROFILES: true,
      TRUST_PROXY: 'false',
      CORS_ORIGINS: undefined,
      AUDIT_RETENTION_DAYS: 90,
      ACCOUNT_PAGE: true,
      SWAGGER: true,
      METRICS: true,
      LOG_LEVEL: 'info',
    });
  });

  it('is as open in tests as in development', () => {
    expect(Env.load({ NODE_ENV: 'test' })).toEqual(
      Object.assign(Env.load({}), { NODE_ENV: 'test' }),
    );
  });

  it('is stricter in production', () => {
    const env = Env.load(PRODUCTION);
    expect(env.isProduction).toBe(true);
    expect(env).toMatchObject({
      PASSWORD_MIN_LENGTH: 8,
      PASSWORD_BLOCKLIST: true,
      PASSWORD_CHANGE_REQUIRES_CURRENT: true,
      PUBLIC_PROFILES: false,
      ACCOUNT_PAGE: true,
      SWAGGER: false,
      METRICS: false,
    });
  });

  it('lets production be as open as somebody asks', () => {
    const asked = { PASSWORD_MIN_LENGTH: '6', PUBLIC_PROFILES: 'true', SWAGGER: 'true' };
    const off = { PASSWORD_CHANGE_REQUIRES_CURRENT: 'false', PASSWORD_BLOCKLIST: 'false' };
    const env = Env.load({ ...PRODUCTION, ...asked, ...off });
    expect(env).toMatchObject({ PASSWORD_MIN_LENGTH: 6, PUBLIC_PROFILES: true, SWAGGER: true });
    expect(env).toMatchObject({
      PASSWORD_CHANGE_REQUIRES_CURRENT: false,
      PASSWORD_BLOCKLIST: false,
    });
  });

  it('reads numbers, flags and words as what they are', () => {
    expect(
      Env.load({ PORT: '8080', TOKEN_SINGLE_USE: 'true', PASSWORD_HASH: 'pbkdf2-sha256' }),
    ).toMatchObject({ PORT: 8080, TOKEN_SINGLE_USE: true, PASSWORD_HASH: 'pbkdf2-sha256' });
  });

  it('takes an empty variable for one that is not set', () => {
    const names = Object.keys(new Env()).filter((name) => name !== 'NODE_ENV');
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(Env.load(empty)).toEqual(Env.load({}));
    expect(Env.load({ ...empty, NODE_ENV: '' })).toEqual(Env.load({}));
    expect(Env.load({ ...empty, ...PRODUCTION })).toEqual(Env.load(PRODUCTION));
    expect(faultsOf({ ...PRODUCTION, JWT_KEY: '' })).toEqual([
      expect.stringMatching(/^JWT_KEY is needed in production/),
    ]);
  });

  it('leaves variables that it does not know alone', () => {
    expect(Env.load({ PATH: '/bin', publicUrl: 'x', constructor: 'x' })).toEqual(Env.load({}));
  });

  const seconds = /^\w+ must be a whole number of seconds from \d+ to \d+$/;
  const number = /^\w+ must be a whole number from \d+ to \d+$/;
  const flag = /^\w+ must be true or false$/;
  const oneOf = /^\w+ must be one of [\w, -]+$/;
  const origins = /^CORS_ORIGINS must be origins such as /;
  const listen = /^HOST must be an address or a host name$/;
  const redisUrl = /^REDIS_URL must be redis:\/\//;
  const host = /^REDIS_HOST must be an address or a host name$/;
  const servers = /^REDIS_CLUSTER_NODES must be HOST:PORT/;
  const url = /^PUBLIC_URL must be an http or https URL/;

  it.each([
    ['NODE_ENV', ['prod', 'Production', 'development '], oneOf],
    ['HOST', ['http://127.0.0.1', '127.0.0.1/x', 'local host', 'localhost:80', '[::1]'], listen],
    ['PORT', ['0', '65536', '-1', '80.5', '1e3', '0x50', 'http', ' 80', '３０００'], number],
    ['ALLOW_INSECURE_HOST', ['TRUE', 'yes', '1', 'constructor', '__proto__'], flag],
    ['PUBLIC_URL', ['example.com', 'ftp://example.com', '//example.com', 'https://'], url],
    ['PUBLIC_URL', ['https://example.com/?q=1', 'https://example.com/#top'], url],
    ['PUBLIC_URL', ['https://example.com/?', 'https://example.com/#'], url],
    ['PUBLIC_URL', ['https://me:s3cr3t@example.com', 'https://:s3cr3t@example.com'], url],
    ['PUBLIC_URL', ['https://例え.example', 'https://example.com/a b', ' https://a.example'], url],
    ['PUBLIC_URL', ['https://example.com\r\nX-Header: 1'], url],
    ['DATABASE_URL', ['data.sqlite', 'sqlite:', 'mysql://localhost'], /^DATABASE_URL must be /],
    ['REDIS_URL', ['http://redis', 'redis:', 'redis://', 'redis:///0'], redisUrl],
    ['REDIS_URL', ['redis://redis/accounts', 'redis://redis/1234567', 'redis://redis:0'], redisUrl],
    ['REDIS_URL', ['redis://redis:65536', 'redis://redis:x', 'redis://redis?ssl=true'], redisUrl],
    ['REDIS_URL', ['redis://:s3cr3t#x@redis', 'redis://me:s3cr3t/x@redis'], redisUrl],
    ['REDIS_URL', ['redis://me:s3cr3t%x@redis', 'redis://re dis', 'unix:/run/redis'], redisUrl],
    ['REDIS_HOST', ['redis:6379', 'redis://redis', 'me@redis', 're dis', '[::1]'], host],
    ['REDIS_CLUSTER_NODES', ['redis', 'redis:', ':6379', 'redis:0', 'redis:65536'], servers],
    ['REDIS_CLUSTER_NODES', ['a:1,', 'a:1;b:1', 'redis://a:1', 'me:s3cr3t@a:1', '::1:1'], servers],
    ['JWT_KEY', ['short', 'é'.repeat(15)], /^JWT_KEY must have at least 32 bytes$/],
    ['JWT_PREVIOUS_KEYS', ['short', ',', `${KEY},`], /^JWT_PREVIOUS_KEYS \(key \d\) must have/],
    [
      'JWT_PREVIOUS_KEYS',
      [`${KEY},${'ab'.repeat(16)}`],
      /^JWT_PREVIOUS_KEYS \(key 2\) is too easy/,
    ],
    ['TOKEN_TTL', ['0', '35m', '99999999999', '2100.0'], seconds],
    ['TOKEN_RENEW_GRACE', ['-1', 'none'], seconds],
    ['TOKEN_REUSE_INTERVAL', ['-1', '3601', 'Infinity'], seconds],
    ['SESSION_MAX_AGE', ['0', '30d', 'NaN'], seconds],
    ['TOKEN_SINGLE_USE', ['on', 'True'], flag],
    ['MAX_SESSIONS', ['0', 'many'], number],
    ['PASSWORD_HASH', ['bcrypt', 'Argon2id', 'argon2i'], oneOf],
    ['PASSWORD_MIN_LENGTH', ['0', '65', 'eight'], /^PASSWORD_MIN_LENGTH must be a whole number of/],
    ['PASSWORD_BLOCKLIST', ['off'], flag],
    ['PASSWORD_CHANGE_REQUIRES_CURRENT', ['maybe'], flag],
    ['PUBLIC_PROFILES', ['0'], flag],
    ['TRUST_PROXY', ['true', '-1', '10.0.0.1;', 'proxy.example'], /^TRUST_PROXY must be false, /],
    ['TRUST_PROXY', ['beef', '10.0.0.0/99', '::1::'], /^TRUST_PROXY must be /],
    ['CORS_ORIGINS', ['*', 'app.example.com', 'https://*.example.com', 'null'], origins],
    ['CORS_ORIGINS', ['https://app.example.com/', 'https://app.example.com/x'], origins],
    ['CORS_ORIGINS', ['https://app.example.com:443', 'https://APP.example.com'], origins],
    ['CORS_ORIGINS', ['https://me@app.example.com', 'ftp://app.example.com', 'file://'], origins],
    ['CORS_ORIGINS', ['https://app.example.com,', 'https://a.example,*'], origins],
    ['AUDIT_RETENTION_DAYS', ['0', 'ever'], /^AUDIT_RETENTION_DAYS must be a whole number of days/],
    ['ACCOUNT_PAGE', ['no'], flag],
    ['SWAGGER', ['false '], flag],
    ['LOG_LEVEL', ['verbose', 'INFO'], oneOf],
  ])('refuses %s=%j and says why without the value', (name, values, reason) => {
    for (const value of values) {
      const faults = faultsOf({ ALLOW_INSECURE_HOST: 'true', [name]: value });
      expect({ value, faults }).toEqual({ value, faults: [expect.stringMatching(reason)] });
      if (name.startsWith('JWT_') || value.includes('s3cr3t')) {
        expect(faults.join()).not.toContain(value);
      }
      expect(faults.join()).not.toContain('\n');
    }
  });

  it.each([
    'redis://redis',
    'rediss://redis.example:6380/3',
    'redis://:p%40ss%23@[::1]:6379/',
    'redis://user@10.0.0.1',
  ])('accepts REDIS_URL=%s', (REDIS_URL) => {
    expect(Env.load({ REDIS_URL }).REDIS_URL).toBe(REDIS_URL);
  });

  const sentinels = { REDIS_SENTINELS: 'a:26379, [::1]:26379', REDIS_SENTINEL_NAME: 'mymaster' };
  const user = { REDIS_USERNAME: 'me', REDIS_PASSWORD: 's3cr3t', REDIS_TLS: 'true' };

  it.each([{ REDIS_HOST: 'redis' }, { REDIS_CLUSTER_NODES: 'a:6379,b:6379' }, sentinels])(
    'lets %j have a user and TLS',
    (place) => {
      expect(Env.load({ ...place, ...user })).toMatchObject({ ...user, REDIS_TLS: true });
    },
  );

  it.each([
    [{ REDIS_URL: 'redis://a', REDIS_HOST: 'a' }, ['REDIS_URL and REDIS_HOST: set one of them']],
    [{ REDIS_SENTINELS: 'a:1' }, [/^REDIS_SENTINEL_NAME is needed/]],
    [{ REDIS_SENTINEL_NAME: 'a' }, [/^REDIS_SENTINEL_NAME needs REDIS_SENTINELS/]],
    [
      { REDIS_HOST: 'a', REDIS_SENTINEL_PASSWORD: 'a' },
      [/^REDIS_SENTINEL_PASSWORD needs REDIS_SEN/],
    ],
    [{ REDIS_HOST: 'a', REDIS_USERNAME: 'a' }, [/^REDIS_USERNAME needs REDIS_PASSWORD/]],
    [user, [/^REDIS_USERNAME needs one of/, /^REDIS_PASSWORD needs/, /^REDIS_TLS needs one of/]],
    [
      { ...user, REDIS_URL: 'redis://a' },
      [/^REDIS_USERNAME cannot/, /^REDIS_PASSWORD cannot/, /^REDIS_TLS cannot/],
    ],
    [{ ...user, REDIS_HOST: 'a:1' }, [/^REDIS_HOST must be/]],
  ])('refuses %j of Redis', (source: Record<string, string>, faults) => {
    expect(faultsOf(source)).toEqual(faults.map((fault) => expect.stringMatching(fault) as string));
  });

  it.each(['false', '0', '2', '10.0.0.1', '10.0.0.0/8', '::1', '127.0.0.1, 10.0.0.0/8,fd00::/8'])(
    'accepts TRUST_PROXY=%s',
    (TRUST_PROXY) => {
      expect(Env.load({ TRUST_PROXY }).TRUST_PROXY).toBe(TRUST_PROXY);
    },
  );

  it.each([
    ['https://app.example.com', ['https://app.example.com']],
    ['http://localhost:5173, https://a.example', ['http://localhost:5173', 'https://a.example']],
    ['', []],
  ])('with CORS_ORIGINS=%s allows %j', (CORS_ORIGINS, origins) => {
    expect(Env.load({ CORS_ORIGINS }).corsOrigins).toEqual(origins);
  });

  it('names every fault at once, one line each', () => {
    const source = { ...PRODUCTION, PORT: 'x', TOKEN_TTL: 'x', SWAGGER: 'x', PUBLIC_URL: '' };
    const faults = faultsOf(source);
    expect(faults.map((fault) => fault.split(' ')[0]).sort()).toEqual(
      ['PORT', 'TOKEN_TTL', 'SWAGGER', 'PUBLIC_URL'].sort(),
    );
    expect(() => Env.load(source)).toThrow(faults.join('\n'));
  });

  it('needs a public URL and a key in production', () => {
    expect(faultsOf({ NODE_ENV: 'production' })).toEqual([
      expect.stringMatching(/^PUBLIC_URL is needed in production/),
      expect.stringMatching(/^JWT_KEY is needed in production/),
    ]);
  });

  it.each(['0.0.0.0', '::', '192.168.1.2', 'example.com', '128.0.0.1', '127.0.0.1.example.com'])(
    'opens HOST=%s outside production only if that is meant (S24)',
    (HOST) => {
      const reason = /^HOST is reachable from other machines/;
      expect(faultsOf({ HOST })).toEqual([expect.stringMatching(reason)]);
      expect(Env.load({ HOST, ALLOW_INSECURE_HOST: 'true' }).HOST).toBe(HOST);
      expect(Env.load({ ...PRODUCTION, HOST }).HOST).toBe(HOST);
    },
  );

  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('opens HOST=%s anywhere', (HOST) => {
    expect(Env.load({ HOST }).HOST).toBe(HOST);
  });

  it.each([
    [{}, 'http://127.0.0.1:3000'],
    [{ HOST: 'localhost', PORT: '8080' }, 'http://localhost:8080'],
    [{ HOST: '::1', PORT: '8080' }, 'http://[::1]:8080'],
    [{ PUBLIC_URL: 'https://auth.example.com' }, 'https://auth.example.com'],
    [{ PUBLIC_URL: 'https://auth.example.com/' }, 'https://auth.example.com'],
    [{ PUBLIC_URL: 'https://example.com/auth//' }, 'https://example.com/auth'],
    [{ PUBLIC_URL: 'http://[2001:db8::1]:8080/' }, 'http://[2001:db8::1]:8080'],
    [{ PUBLIC_URL: 'https://xn--r8jz45g.example', PORT: '1' }, 'https://xn--r8jz45g.example'],
  ])('with %j has clients use %s', (source: Record<string, string>, url) => {
    expect(Env.load(source).publicUrl).toBe(url);
  });
});
