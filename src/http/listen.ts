import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ConfigurationError } from '../config/configuration-error.js';
import type { Env } from '../config/env.js';

/** What is wrong if listening fails, by the system's codes. */
const FAULTS: Record<string, string> = {
  EADDRINUSE: 'PORT is taken by another program: set it to another',
  EACCES: 'PORT may not be used by this user: set it to one above 1023',
  EADDRNOTAVAIL: 'HOST is no address of this machine',
  ENOTFOUND: 'HOST is a name without an address',
  EAI_AGAIN: 'HOST is a name that cannot be looked up',
};

/** Begins to listen at `HOST` and `PORT`. @throws ConfigurationError if that cannot be */
export async function listen(app: NestFastifyApplication, { HOST, PORT }: Env): Promise<void> {
  try {
    await app.listen(PORT, HOST);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    const fault = FAULTS[code] ?? 'HOST and PORT cannot be listened on';
    throw new ConfigurationError([`${fault} (${code} at ${HOST}:${PORT})`]);
  }
}
