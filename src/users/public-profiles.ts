import { CACHE_MANAGER, type Cache } from '@nestjs/cache-manager';
import { Inject, Injectable } from '@nestjs/common';
import { UsersService } from './users.service.js';

/** What everybody may know of a user: the name, as it was at most five seconds ago. */
@Injectable()
export class PublicProfiles {
  constructor(
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
    private readonly users: UsersService,
  ) {}

  /**
   * The name of a user; nothing where there is none with this id.
   * @throws DomainError `service-unavailable`
   */
  async nameOf(id: number): Promise<string | undefined> {
    const key = keyOf(id);
    const cached = await this.cache.get<string>(key);
    if (cached !== undefined) return cached;
    const username = (await this.users.findById(id))?.username;
    // Nobody waits for the cache to remember.
    if (username !== undefined) void this.cache.set(key, username);
    return username;
  }

  /** Lets the next reader see the present name, where caches can be reached. */
  async forget(id: number): Promise<void> {
    await this.cache.del(keyOf(id));
  }
}

function keyOf(id: number): string {
  return `profile:${id}`;
}
