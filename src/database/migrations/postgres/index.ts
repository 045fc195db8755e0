import { UnsettledSessions1700000001000 } from '../1700000001000-unsettled-sessions.js';
import { KnownAddresses1700000003000 } from '../1700000003000-known-addresses.js';
import { SessionNames1700000004000 } from '../1700000004000-session-names.js';
import { EventRequests1700000005000 } from '../1700000005000-event-requests.js';
import { DisabledUsers1700000006000 } from '../1700000006000-disabled-users.js';
import { LostAnswers1700000008000 } from '../1700000008000-lost-answers.js';
import { DeletedUsers1700000009000 } from '../1700000009000-deleted-users.js';
import { UserFacts1700000010000 } from '../1700000010000-user-facts.js';
import { Clients1700000011000 } from '../1700000011000-clients.js';
import { ApiKeys1700000012000 } from '../1700000012000-api-keys.js';
import { CreateSchema1700000000000 } from './1700000000000-create-schema.js';
import { Counters1700000002000 } from './1700000002000-counters.js';
import { Factors1700000015000 } from '../1700000015000-factors.js';
import { TokenMethods1700000016000 } from '../1700000016000-token-methods.js';
import { Mails1700000014000 } from '../1700000014000-mails.js';
import { Changes1700000013000 } from './1700000013000-changes.js';

/** The migrations of a PostgreSQL database, oldest first. One that was released is never changed. */
export const POSTGRES_MIGRATIONS = [
  CreateSchema1700000000000,
  UnsettledSessions1700000001000,
  Counters1700000002000,
  KnownAddresses1700000003000,
  SessionNames1700000004000,
  EventRequests1700000005000,
  DisabledUsers1700000006000,
  LostAnswers1700000008000,
  DeletedUsers1700000009000,
  UserFacts1700000010000,
  Clients1700000011000,
  ApiKeys1700000012000,
  Changes1700000013000,
  Mails1700000014000,
  Factors1700000015000,
  TokenMethods1700000016000,
];
