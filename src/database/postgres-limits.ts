/** The whole of a read or a transaction, waiting for a connection included. */
export const POSTGRES_DEADLINE_MS = 1_700;

/** One statement, on the server: it must not go on there once no caller waits for it. */
export const POSTGRES_STATEMENT_MS = 1_500;

/** Making a connection, or waiting for one of the pool's. */
export const POSTGRES_CONNECT_MS = 1_500;

/** Connections of one instance. */
export const POSTGRES_POOL_SIZE = 10;
