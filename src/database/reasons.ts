interface Failure {
  code?: string;
  message?: string;
  driverError?: Failure;
}

/** What to do about a failure, by the code of PostgreSQL, SQLite, TLS or Node. */
const ADVICE: [codes: RegExp, advice: string][] = [
  [
    /^42501$/,
    'make its user the owner of the schema and the tables, or: GRANT USAGE, CREATE ON SCHEMA … TO …',
  ],
  [/^42P07$/, 'give the service a database, or by search_path a schema, of its own'],
  [
    /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/,
    'name the file of its CA as sslrootcert in DATABASE_URL',
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'DATABASE_URL must have the host that the certificate is for, or sslmode=verify-ca',
  ],
];

const OTHER_TABLES = /^SQLITE_ERROR: table \w+ already exists/;

/** Why a database failed, and what to do about it if that is known: one line, for operators alone. */
export function reasonOf(error: unknown): string {
  const { code = '', message = '' } = failureOf(error);
  const advice = OTHER_TABLES.test(message)
    ? 'it is a file of another program: give the service one of its own'
    : ADVICE.find(([codes]) => codes.test(code))?.[1];
  const reason = (message || code || 'no reason was given').replaceAll(/\s+/g, ' ');
  return advice === undefined ? reason : `${reason}: ${advice}`;
}

function failureOf(error: unknown): Failure {
  const failure = (error ?? {}) as Failure;
  return failure.driverError ?? failure;
}
