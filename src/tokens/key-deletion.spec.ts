import { randomBytes } from 'node:crypto';
import { unheard } from '../../test/support/feed-room.js';
import { CLIENT, JULIET, ROMEO, TokenRoom } from '../../test/support/token-room.js';
import { AuditService } from '../audit/audit.service.js';
import { BackgroundJobs } from '../config/background-jobs.js';
import { Env } from '../config/env.js';
import { Metrics } from '../metrics/metrics.js';
import { keyHash, newKeyText } from './api-key-text.js';
import { DatabaseKeyStore } from './database-key.store.js';
import { KeyDeletion } from './key-deletion.js';
import { KeyRows } from './key-rows.js';

/** The deletion of keys on a database, with what it asks of that and of the store. */
async function open() {
  const room = await TokenRoom.open();
  const { database } = room;
  const env = Env.load({});
  const rows = new KeyRows(database);
  const store = new DatabaseKeyStore(rows);
  const audit = new AuditService(env, database, new BackgroundJobs(false));
  const deletion = new KeyDeletion(database, rows, store, unheard, audit, new Metrics(env));
  const add = async (userId: number): Promise<string> => {
    const text = newKeyText(userId);
    const id = randomBytes(16).toString('base64url');
    const details = { name: 'backup', hint: text.slice(-4), roles: [], createdAtMs: 0 };
    const key = { id, userId, hash: keyHash(text), expiresAtSeconds: null, ...details };
    await database.writeFor(userId, (manager) => rows.add(manager, key));
    return text;
  };
  return {
    room,
    deletion,
    add,
    read: jest.spyOn(database, 'read'),
    write: jest.spyOn(database, 'writeFor'),
    kill: jest.spyOn(store, 'kill'),
  };
}

describe('The deletion of an API key by its text', () => {
  it('takes it from its user, and tells the store of it once more if it is repeated', async () => {
    const { room, deletion, add, kill } = await open();
    const text = await add(JULIET);
    expect(await deletion.byText(text, CLIENT)).toBe(true);
    expect(await deletion.byText(text, CLIENT)).toBe(true);
    expect(kill.mock.calls).toEqual([
      [JULIET, [keyHash(text)]],
      [JULIET, [keyHash(text)]],
    ]);
    expect(await room.events()).toEqual(['key.deleted']);
  });

  it('writes nothing for texts that were made up, and reads them together', async () => {
    const { deletion, add, read, write } = await open();
    await add(JULIET);
    write.mockClear();
    const madeUp = Array.from({ length: 50 }, (_, index) => newKeyText(index % 2 ? JULIET : ROMEO));
    const outcomes = await Promise.all(madeUp.map((text) => deletion.byText(text, CLIENT)));
    expect([...new Set(outcomes)]).toEqual([false]);
    expect(await deletion.byText('gth_no-key', CLIENT)).toBe(false);
    expect(write).not.toHaveBeenCalled();
    expect(read.mock.calls.length).toBeLessThanOrEqual(3);
  });
});
