import { Counter, Histogram, type Registry } from 'prom-client';
import {
  CODE_OUTCOMES,
  KEY_CHANGES,
  KEY_OUTCOMES,
  LOGIN_OUTCOMES,
  MAIL_OUTCOMES,
  RENEWAL_KINDS,
  REVOCATION_CAUSES,
  STORE_OPERATIONS,
  type Store,
} from './labels.js';

/** Seconds, up to the longest that a caller waits. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export type Instruments = ReturnType<typeof createInstruments>;

/** What the rooms count and time. docs/operations.md explains each. */
export function createInstruments(registry: Registry) {
  const registers = [registry];
  const storeErrors = new Counter({
    name: 'gatehouse_store_errors_total',
    help: 'Operations that a store could not answer, by store and operation.',
    labelNames: ['store', 'operation'],
    registers,
  });
  for (const store of Object.keys(STORE_OPERATIONS) as Store[]) {
    for (const operation of STORE_OPERATIONS[store]) storeErrors.inc({ store, operation }, 0);
  }
  return {
    requests: new Histogram({
      name: 'gatehouse_http_request_duration_seconds',
      help: 'From the head of a request to the end of its answer, by method, route and status.',
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS,
      registers,
    }),
    logins: counterBy('outcome', LOGIN_OUTCOMES, {
      name: 'gatehouse_logins_total',
      help: 'Log-ins with a password, by how they ended.',
      registers,
    }),
    registrations: new Counter({
      name: 'gatehouse_registrations_total',
      help: 'Accounts that were made.',
      registers,
    }),
    renewals: counterBy('kind', RENEWAL_KINDS, {
      name: 'gatehouse_token_renewals_total',
      help: 'Fresh tokens that were given for older ones, by kind of renewal.',
      registers,
    }),
    reuses: new Counter({
      name: 'gatehouse_token_reuses_total',
      help: 'Renewals and log-outs with a token that had been replaced: somebody may have a copy of it.',
      registers,
    }),
    revocations: counterBy('cause', REVOCATION_CAUSES, {
      name: 'gatehouse_revocations_total',
      help: 'How often sessions, one or several, were ended before their time, by cause.',
      registers,
    }),
    clientTokens: new Counter({
      name: 'gatehouse_client_tokens_issued_total',
      help: 'Tokens that clients got for themselves.',
      registers,
    }),
    clientFailures: new Counter({
      name: 'gatehouse_client_authentication_failures_total',
      help: 'Requests of clients with wrong credentials, or with none.',
      registers,
    }),
    introspections: counterBy('active', ['true', 'false'], {
      name: 'gatehouse_introspections_total',
      help: 'Tokens that clients asked about, by whether they were active.',
      registers,
    }),
    keyChecks: counterBy('outcome', KEY_OUTCOMES, {
      name: 'gatehouse_api_key_checks_total',
      help: 'Requests with an API key, by whether it was live.',
      registers,
    }),
    keyChanges: counterBy('change', KEY_CHANGES, {
      name: 'gatehouse_api_key_changes_total',
      help: 'API keys that were made, and deleted.',
      registers,
    }),
    codeChecks: counterBy('outcome', CODE_OUTCOMES, {
      name: 'gatehouse_second_factor_checks_total',
      help: 'Codes of second factors that were checked, by how that ended.',
      registers,
    }),
    mails: counterBy('outcome', MAIL_OUTCOMES, {
      name: 'gatehouse_mails_total',
      help: 'Attempts to send a mail, by what became of them.',
      registers,
    }),
    storeOperations: new Histogram({
      name: 'gatehouse_store_operation_duration_seconds',
      help: 'Operations that a store answered, waiting for their turn included.',
      labelNames: ['store', 'operation'],
      buckets: BUCKETS,
      registers,
    }),
    storeErrors,
    changeWaits: new Histogram({
      name: 'gatehouse_change_wait_seconds',
      help: 'How long a change took until every verifier had forgotten what it made wrong.',
      buckets: BUCKETS,
      registers,
    }),
    feedLags: new Histogram({
      name: 'gatehouse_feed_lag_seconds',
      help: 'From the writing of a change into the feed to its reading here, by the clocks of both.',
      buckets: BUCKETS,
      registers,
    }),
    hashes: new Histogram({
      name: 'gatehouse_password_hash_duration_seconds',
      help: 'Computing one password hash, without the wait before it, by function.',
      labelNames: ['function'],
      buckets: BUCKETS,
      registers,
    }),
  };
}

/** Its series are there from the start: a rate needs the zero before the first event. */
function counterBy<Label extends string>(
  label: Label,
  values: readonly string[],
  options: { name: string; help: string; registers: Registry[] },
): Counter<Label> {
  const counter = new Counter({ ...options, labelNames: [label] });
  for (const value of values) counter.labels(value).inc(0);
  return counter;
}
