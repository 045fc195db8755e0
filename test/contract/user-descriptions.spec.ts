import { runStatement } from '../../src/database/statements.js';
import type { LiveToken } from '../../src/tokens/revocation-store.js';
import { UserDescriptions } from '../../src/tokens/user-descriptions.js';
import { formatRoles, readFacts, type UserFacts } from '../../src/tokens/user-facts.js';
import { addAccount, removeAccount, setBack } from '../support/accounts.js';
import { unheard } from '../support/feed-room.js';
import { adapters, type OpenStore } from './adapters.js';
import { facts, issued } from './tokens.js';

const HOUR_MS = 3600 * 1000;

describe.each(adapters)('A database that went back in time: $name', (adapter) => {
  let opened: OpenStore;
  let other: OpenStore;

  beforeAll(async () => {
    opened = await adapter.open();
    other = await adapter.open();
  });

  afterEach(() => jest.restoreAllMocks());
  afterAll(async () => {
    await opened.close();
    await other.close();
  });

  const descriptions = ({ database, store }: OpenStore = opened) =>
    new UserDescriptions(database, store, unheard);

  /** A user whose last change the database has lost, and the store has not. */
  async function forgotten(lost: Partial<UserFacts> = {}): Promise<LiveToken> {
    const { store, database } = opened;
    const token = await issued(store);
    const { userId, username } = token;
    await store.describe(userId, facts({ version: Date.now(), roles: ['admin'], ...lost }));
    await setBack(database, userId, { username, roles: ['reader'] });
    return token;
  }

  /** Changes the roles in the account's row, as a grant does. */
  async function change(userId: number, roles: string[]): Promise<void> {
    await opened.database.writeFor(userId, async (manager) => {
      const sql = 'UPDATE users SET roles = $1 WHERE id = $2';
      await runStatement(manager, sql, [formatRoles(roles), userId]);
      await descriptions().write(manager, userId);
    });
    await descriptions().show(userId);
  }

  async function factsOf(userId: number): Promise<UserFacts> {
    const found = await opened.database.read((manager) => readFacts(manager, userId));
    if (!found) throw new Error('There is no such account');
    return found;
  }

  it.each([
    ['at the time of its change', () => Date.now()],
    ['by a clock that is ahead', () => Date.now() + HOUR_MS],
  ])('has its next change count, if the store heard of what is lost %s', async (_, version) => {
    const token = await forgotten({ version: version() });
    await change(token.userId, ['editor']);
    const { username } = token;
    expect(await opened.store.find(token)).toMatchObject({ username, roles: ['editor'] });
    await change(token.userId, []);
    expect(await other.store.find(token)).toMatchObject({ username, roles: [] });
  });

  it('has what it says of a user count from the next log-in on', async () => {
    const token = await forgotten();
    await descriptions().tell(token.userId, await factsOf(token.userId));
    const { username } = token;
    expect(await other.store.find(token)).toMatchObject({ username, roles: ['reader'] });
  });

  it('has an account count again that was deleted after it', async () => {
    const { store, database } = opened;
    const token = await issued(store);
    const { userId, username } = token;
    await removeAccount(database, userId);
    await descriptions().show(userId);
    await addAccount(database, userId, username);
    await setBack(database, userId, { username, roles: ['reader'] });
    await descriptions().tell(userId, await factsOf(userId));
    expect(await store.find(token)).toMatchObject({ username, roles: ['reader'] });
  });

  it('has an account be gone that the store has heard something later of', async () => {
    const { store, database } = opened;
    const token = await forgotten({ version: Date.now() + HOUR_MS });
    await removeAccount(database, token.userId);
    await descriptions().show(token.userId);
    expect((await store.find(token))?.roles ?? []).toEqual([]);
    // Deleted once more by somebody whose clock is not ahead.
    await descriptions(other).show(token.userId);
    expect((await store.find(token))?.roles ?? []).toEqual([]);
  });

  it('ends with its row, however many instances tell it at once', async () => {
    const token = await forgotten({ version: Date.now() + HOUR_MS });
    const { userId, username } = token;
    const before = await factsOf(userId);
    const shows = Array.from({ length: 20 }, (_, index) => {
      const own = descriptions(index % 2 ? opened : other);
      return index % 3 ? own.show(userId) : own.tell(userId, before);
    });
    await Promise.all(shows);
    expect(await opened.store.find(token)).toMatchObject({ username, roles: ['reader'] });
    const { version } = await factsOf(userId);
    await descriptions().show(userId);
    expect((await factsOf(userId)).version).toBe(version);
  });

  it('is not read by a log-in that finds the store right', async () => {
    const { database, store } = opened;
    const { userId } = await issued(store);
    const present = await factsOf(userId);
    const [read, write] = [jest.spyOn(database, 'read'), jest.spyOn(database, 'write')];
    // The store of this test keeps the account's row beside.
    const describeUser = jest.spyOn(store, 'describe');
    describeUser.mockResolvedValueOnce(undefined);
    await descriptions().tell(userId, present);
    expect([read, write, describeUser].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 1]);
  });

  it('is service-unavailable if the store goes by something else whatever it is told', async () => {
    const { store } = opened;
    if (!store.isApart) return;
    const { userId } = await issued(store);
    const always = (_: number, { version }: UserFacts) =>
      Promise.resolve(facts({ version: version + 1 }));
    jest.spyOn(store, 'describe').mockImplementation(always);
    const showing = descriptions().show(userId);
    await expect(showing).rejects.toMatchObject({ code: 'service-unavailable' });
  });
});
