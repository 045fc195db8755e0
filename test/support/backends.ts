import { newPostgresDatabase } from './postgres.js';
import { newRedisDatabase } from './redis.js';
import { Server, type Variables } from './server.js';

/** Starts a service with an empty store of its own. */
export type Start = (variables?: Variables) => Promise<Server>;

const backends: { name: string; start: Start }[] = [
  { name: 'SQLite', start: (variables) => Server.start(variables) },
  {
    name: 'PostgreSQL',
    start: async (variables) =>
      Server.start({ DATABASE_URL: await newPostgresDatabase(), ...variables }),
  },
  {
    name: 'PostgreSQL and Redis',
    start: async (variables) =>
      Server.start({
        DATABASE_URL: await newPostgresDatabase(),
        REDIS_URL: newRedisDatabase(),
        ...variables,
      }),
  },
];

/** The same tests against the service on every kind of store. */
export function describeOnEachBackend(about: string, tests: (start: Start) => void): void {
  describe.each(backends)(`${about} ($name)`, ({ start }) => tests(start));
}

/** The same tests on each kind of database, as most services have it: for what does not hang on the token store. */
export function describeOnEachDatabase(about: string, tests: (start: Start) => void): void {
  const ofDatabases = backends.filter(({ name }) => name !== 'PostgreSQL');
  describe.each(ofDatabases)(`${about} ($name)`, ({ start }) => tests(start));
}
