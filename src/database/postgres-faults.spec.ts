import { serverFaults } from './postgres-faults.js';

const FINE = { version: 15, encoding: 'UTF8', client_encoding: 'UTF8', schema: 'public' };

describe('A PostgreSQL', () => {
  it('is taken as it should be', () => {
    expect(serverFaults(FINE)).toEqual([]);
    expect(serverFaults(FINE, 'public')).toEqual([]);
  });

  it.each([
    [{ version: 12 }, /^It is PostgreSQL 12: 13 or later is needed$/],
    [{ encoding: 'LATIN1' }, /^Its encoding is LATIN1/],
    [{ client_encoding: 'LATIN1' }, /^Its client_encoding is LATIN1: let the pooler/],
    [{ schema: null }, /^Every schema of its search_path is not there, or not open/],
  ])('is refused with %j', (difference, reason) => {
    expect(serverFaults({ ...FINE, ...difference })).toEqual([expect.stringMatching(reason)]);
  });

  it('is refused without the schema that the URL names', () => {
    expect(serverFaults(FINE, 'auth')).toEqual([expect.stringMatching(/^The schema auth is not/)]);
  });
});
