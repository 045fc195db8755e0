import { postgresTls, type PostgresTls } from './postgres-tls.js';
import { UrlFault } from './url-fault.js';

/** What a URL says of a PostgreSQL, in the words of libpq (PostgreSQL documentation, 34.1.2). */
export interface PostgresAddress {
  readonly kind: 'postgres';
  /** A name, an address, or the folder of a socket, which begins with a slash. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly applicationName: string | undefined;
  /** Undefined: no TLS. */
  readonly tls: PostgresTls | undefined;
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  /** The schema of the tables; undefined: the first that the role's own search_path finds. */
  readonly schema: string | undefined;
  /** What a service in front goes by to find the database, as the startup parameter `options`. */
  readonly routing: string | undefined;
}

type Parameters = ReadonlyMap<string, string>;

/** Parameters that mean something here. */
const KNOWN = [
  ...['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'channel_binding'],
  ...['search_path', 'options', 'application_name'],
];

/** Values of other tools' parameters that make no difference here. */
const WITHOUT_EFFECT: Record<string, RegExp> = {
  connect_timeout: /^\d+$/,
  connection_limit: /^\d+$/,
  pool_timeout: /^\d+$/,
  pgbouncer: /^(true|false)$/,
  gssencmode: /^(disable|prefer)$/,
  target_session_attrs: /^(any|read-write|primary)$/,
  supa: /^/,
};

/** By what Neon (endpoint, project) and Supabase (reference) find a database. */
const ROUTING = /^(endpoint|project|reference)=[\w.-]+$/;

/**
 * Reads a `postgres://` URL, and the files of certificates that it names.
 * @returns undefined if it has not the form of such a URL
 * @throws UrlFault naming the parameter that will not do
 */
export function parsePostgresUrl(value: string): PostgresAddress | undefined {
  // What has a user and no host, as sockets are written, is no URL for `URL`.
  const isHostless = /^\w+:\/\/([^/?#]*@)?\//.test(value);
  const text = isHostless ? value.replace(/^(\w+:\/\/(?:[^/?#]*@)?)/, '$1localhost') : value;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const [host, user, password, database] = [
    isHostless ? '' : url.hostname.replace(/^\[|\]$/g, ''),
    ...[url.username, url.password, url.pathname.slice(1)],
  ].map(decoded) as [Decoded, Decoded, Decoded, Decoded];
  const isWhole = [host, user, password].every((part) => part !== undefined);
  if (!isWhole || !database || url.hash) return undefined;
  const parameters = parametersOf(url.search.slice(1));
  const server = parameters.get('host') ?? host ?? '';
  if (!server) return undefined;
  if (server.includes(',')) throw new UrlFault('must name one host');
  const { schema, routing } = optionsOf(parameters);
  const tls = server.startsWith('/') ? undefined : postgresTls(parameters);
  return {
    kind: 'postgres',
    ...{ host: server, port: portOf(url, parameters), database, schema, routing, tls },
    ...{ user: user ?? '', password: password ?? '' },
    channelBinding: channelBindingOf(parameters, tls),
    applicationName: parameters.get('application_name'),
  };
}

type Decoded = string | undefined;

function decoded(text: string): Decoded {
  try {
    const plain = decodeURIComponent(text);
    return plain.includes('\0') ? undefined : plain;
  } catch {
    return undefined;
  }
}

/** @throws UrlFault if one would be passed over, or stands twice */
function parametersOf(query: string): Parameters {
  const parameters = new Map<string, string>();
  for (const part of query.split('&').filter(Boolean)) {
    const [name = '', ...rest] = part.split('=');
    const value = decoded(rest.join('='));
    const isName = /^\w{1,40}$/.test(name);
    if (!isName || value === undefined) throw new UrlFault('has parameters that cannot be read');
    if (parameters.has(name)) throw new UrlFault(`has the parameter ${name} twice`);
    if (!KNOWN.includes(name) && !WITHOUT_EFFECT[name]?.test(value)) {
      const reason = name in WITHOUT_EFFECT ? 'with a value that will not do' : 'that is not known';
      throw new UrlFault(`has a parameter ${reason}, ${name}: known are ${KNOWN.join(', ')}`);
    }
    parameters.set(name, value);
  }
  return parameters;
}

function portOf(url: URL, parameters: Parameters): number {
  const port = parameters.get('port') ?? (url.port || '5432');
  if (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536) return Number(port);
  throw new UrlFault('must have a port from 1 to 65535');
}

function channelBindingOf(
  parameters: Parameters,
  tls: PostgresTls | undefined,
): PostgresAddress['channelBinding'] {
  const binding = parameters.get('channel_binding') ?? 'prefer';
  if (binding !== 'disable' && binding !== 'prefer' && binding !== 'require') {
    throw new UrlFault('must have channel_binding disable, prefer or require');
  }
  if (binding === 'require' && !tls) {
    throw new UrlFault('needs sslmode for channel_binding=require, such as sslmode=verify-full');
  }
  return binding;
}

/** The schema, which may also stand in `options`, and what else stands there. */
function optionsOf(parameters: Parameters): Pick<PostgresAddress, 'schema' | 'routing'> {
  const words = (parameters.get('options') ?? '').replace(/(^|\s)-c\s*/g, '$1--').split(/\s+/);
  const schemas = [parameters.get('search_path')];
  const routing: string[] = [];
  for (const word of words.filter(Boolean)) {
    const [, schema] = /^--search_path=(.*)$/.exec(word) ?? [];
    if (schema !== undefined) schemas.push(schema);
    else if (ROUTING.test(word)) routing.push(word);
    else throw new UrlFault('may have options for search_path alone: the service sets the others');
  }
  const [schema, ...more] = schemas.filter((name) => name !== undefined);
  if (more.length > 0) throw new UrlFault('has search_path twice');
  if (schema !== undefined && !/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new UrlFault('must have one schema as search_path: small letters, digits and _');
  }
  return { schema, routing: routing.length > 0 ? routing.join(' ') : undefined };
}
