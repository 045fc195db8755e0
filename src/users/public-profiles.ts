import { CACHE_MANAGER, type Cache } from '@nestjs/cache-manager';
import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { User } from './user.entity.js';

/** What everybody may know of a user: the name, as it was at most five seconds ago. */
@Injectable()
export class PublicProfiles {
  constructor(
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
    private readonly database: Database,
  ) {}

  /**
   * The name of a user; undefined if there is none with this id.
   * @throws DomainError `service-unavailable`
   */
  async nameOf(id: number): Promise<string | undefined> {
    const key = keyOf(id);
    const cached = await this.cache.get<string>(key);
    if (cached !== undefined) return cached;
    const user = await this.database.read((manager) => manager.findOneBy(User, { id }));
    const username = user?.username;
    // No caller waits for the cache to store it.
    if (username !== undefined) void this.cache.set(key, username);
    return username;
  }

  /** Lets the next reader see the present name, if caches can be reached. */
  async forget(id: number): Promise<void> {
    await this.cache.del(keyOf(id));
  }
}

function keyOf(id: number): string {
  return `profile:${id}`;
}
