import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/support/server.js';
import { databaseUrlFault, parseDatabaseUrl } from './database-url.js';

const SERVER = 'postgres://me:secret@db.example:6432/accounts';

describe('A DATABASE_URL of SQLite', () => {
  it.each([
    ['sqlite:data/gatehouse.sqlite', 'data/gatehouse.sqlite'],
    ['sqlite:users.db', 'users.db'],
    ['sqlite:/var/lib/gatehouse/users.db', '/var/lib/gatehouse/users.db'],
    ['sqlite:./päth with spaces#1.db', './päth with spaces#1.db'],
  ])('%s is the file %s', (url, file) => {
    expect(parseDatabaseUrl(url)).toEqual({ kind: 'sqlite', file });
  });

  it.each([
    ['sqlite:///users.db', /sqlite:users\.db for .* working directory, or sqlite:\/users\.db$/],
    ['sqlite:////var/users.db', /^must be sqlite:\/var\/users\.db$/],
    ['sqlite://users.db', /^must be sqlite:users\.db$/],
    ['sqlite3:users.db', /^must be sqlite:users\.db$/],
    ['sqlite3:/var/users.db', /^must be sqlite:\/var\/users\.db$/],
    ['file:./dev.db', /^must be sqlite:\.\/dev\.db$/],
    ['sqlite::memory:', /^must name a file/],
    ['sqlite:///:memory:', /^must name a file/],
    ['sqlite://', /^must be sqlite: and the path/],
    ['sqlite:data/', /^must be sqlite: and the path/],
    ['sqlite:users.db?mode=ro', /^must be sqlite: and the path of a file, without parameters/],
    ['sqlite:users\n.db', /^must be sqlite: and the path/],
    ['sqlite+aiosqlite:///users.db', /^must be sqlite:PATH or postgres:/],
    ['mysql://me@db.example/accounts', /^must be sqlite:PATH or postgres:/],
  ])('as other tools write it, %j, is refused with the right spelling', (url, reason) => {
    expect(databaseUrlFault(url)).toMatch(reason);
  });
});

describe('A DATABASE_URL of PostgreSQL', () => {
  const plain = {
    kind: 'postgres',
    ...{ host: 'db.example', port: 6432, user: 'me', password: 'secret', database: 'accounts' },
    ...{ applicationName: undefined, tls: undefined, channelBinding: 'prefer' },
    ...{ schema: undefined, routing: undefined },
  };
  const byNode = { ca: undefined, verifiesHost: true, own: undefined };

  it.each([
    [SERVER, {}],
    [SERVER.replace('postgres:', 'postgresql:'), {}],
    ['postgres://me:secret@db.example/accounts', { port: 5432 }],
    ['postgres://me:secret@[::1]:6432/accounts', { host: '::1' }],
    [
      'postgres://m%40e:p%2Fa%3Fs%23s%25@db.example:6432/a%20b',
      {
        ...{ user: 'm@e', password: 'p/a?s#s%', database: 'a b' },
      },
    ],
    ['postgres://db.example:6432/accounts', { user: '', password: '' }],
    [`${SERVER}?sslmode=disable`, {}],
    [`${SERVER}?sslmode=require`, { tls: byNode }],
    [`${SERVER}?sslmode=verify-full&sslrootcert=system`, { tls: byNode }],
    [
      `${SERVER}?sslmode=require&channel_binding=require`,
      {
        ...{ tls: byNode, channelBinding: 'require' },
      },
    ],
    [`${SERVER}?channel_binding=disable`, { channelBinding: 'disable' }],
    [
      'postgres://me:secret@/accounts?host=/cloudsql/project:region:name&sslmode=require',
      {
        ...{ host: '/cloudsql/project:region:name', port: 5432 },
      },
    ],
    [
      'postgres:///accounts?host=/run/postgresql&port=6432',
      {
        ...{ host: '/run/postgresql', user: '', password: '' },
      },
    ],
    ['postgres://me:secret@%2Frun%2Fpostgresql:6432/accounts', { host: '/run/postgresql' }],
    [`${SERVER}?search_path=auth`, { schema: 'auth' }],
    [`${SERVER}?options=-c%20search_path%3Dauth`, { schema: 'auth' }],
    [
      `${SERVER}?options=endpoint%3Dep-cool-1%20--search_path%3Dauth`,
      {
        ...{ schema: 'auth', routing: 'endpoint=ep-cool-1' },
      },
    ],
    [
      `${SERVER}?pgbouncer=true&connection_limit=1&connect_timeout=10&application_name=x`,
      {
        applicationName: 'x',
      },
    ],
  ])('%s is read as its parts', (url, parts) => {
    expect(parseDatabaseUrl(url)).toEqual({ ...plain, ...parts });
  });

  it.each([
    ['?sslmode=prefer', /^must have sslmode disable, require, verify-ca or verify-full$/],
    ['?sslmode=no-verify', /^must have sslmode/],
    ['?sslmode=verify-ca', /^needs the file of the CA as sslrootcert/],
    ['?sslrootcert=/ca.pem', /^needs sslmode for sslrootcert/],
    ['?channel_binding=require', /^needs sslmode for channel_binding=require/],
    ['?channel_binding=always', /^must have channel_binding /],
    ['?schema=auth', /^has a parameter that is not known, schema: known are host, .*search_path/],
    ['?ssl=true', /^has a parameter that is not known, ssl:/],
    ['?gssencmode=require', /^has a parameter with a value that will not do, gssencmode:/],
    ['?target_session_attrs=read-only', /will not do, target_session_attrs:/],
    ['?sslmode=require&sslmode=disable', /^has the parameter sslmode twice$/],
    ['?options=-c%20statement_timeout%3D0', /^may have options for search_path alone/],
    ['?search_path=a&options=-csearch_path%3Db', /^has search_path twice$/],
    ['?search_path=auth,public', /^must have one schema as search_path/],
    ['?host=a.example,b.example', /^must name one host$/],
    ['?port=0', /^must have a port/],
    ['?sslmode=%ff', /^has parameters that cannot be read$/],
    ['?me@elsewhere=1', /^has parameters that cannot be read$/],
    ['#top', /^must be sqlite:PATH or postgres:/],
  ])('%s is refused by name, and without the password', (query, reason) => {
    const fault = databaseUrlFault(SERVER + query);
    expect(fault).toMatch(reason);
    expect(fault).not.toMatch(/secret|\n/);
  });

  it.each([
    'postgres://db.example',
    'postgres://db.example/',
    'postgres:///accounts',
    'postgres://me:sec%ret@db.example/accounts',
    'postgres://me:se#cret@db.example/accounts',
    'postgres://me:se/cret@db.example/accounts',
    'postgres://a:1,b:2/accounts',
  ])('%s is refused with the form that is right', (url) => {
    expect(databaseUrlFault(url)).toMatch(/^must be sqlite:PATH or postgres:.* write @ /);
  });

  it.each(['sslrootcert', 'sslcert'])('names a bad file of %s in one line', (parameter) => {
    const folder = temporaryDirectory();
    const broken = join(folder, 'broken.pem');
    const text = '-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n';
    writeFileSync(broken, text);
    writeFileSync(join(folder, 'empty.pem'), '');
    const other = parameter === 'sslcert' ? `&sslkey=${broken}` : '';
    for (const file of ['broken.pem', 'empty.pem', 'missing.pem', '.']) {
      const query = `?sslmode=verify-full&${parameter}=${join(folder, file)}${other}`;
      const fault = databaseUrlFault(SERVER + query);
      expect(fault).toMatch(new RegExp(`^names (a file|files) as ${parameter} .*`));
      expect(fault).not.toContain('\n');
    }
  });
});
