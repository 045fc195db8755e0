import { CreateSchema1700000000000 } from './1700000000000-create-schema.js';

/** The migrations of a PostgreSQL database, oldest first. One that was released is never changed. */
export const POSTGRES_MIGRATIONS = [CreateSchema1700000000000];
