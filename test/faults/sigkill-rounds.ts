import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server, type Variables } from '../support/server.js';
import { Registrar, Renewer } from './sigkill-clients.js';

/** Long enough that a slow machine has something to lose in many of the rounds. */
const LONGEST_ROUND_MS = 900;

/** @returns what so many rounds may take on a slow machine */
export function limitMs(rounds: number): number {
  return 5 * 60_000 + rounds * 10_000;
}

/** Longer than any restart, so that a renewal whose answer was lost can be repeated after it. */
const TOKEN_REUSE_INTERVAL = '3600';

/** Kills a service again and again while it writes; resolves with the last one, which runs. */
export async function killRepeatedly(rounds: number, variables: Variables = {}): Promise<Server> {
  let server = await Server.start({ TOKEN_REUSE_INTERVAL, ...variables });
  const registrars = [new Registrar(), new Registrar()];
  const renewers = await Promise.all([1, 2, 3].map(() => Renewer.register(server.client)));
  const clients = [...registrars, ...renewers];

  for (let round = 1; round <= rounds; round++) {
    const { client } = server;
    const work = Promise.all(clients.map((each) => each.work(client)));
    await sleep(randomInt(LONGEST_ROUND_MS));
    await server.kill();
    await work;
    server = await server.restart();
    await Promise.all(clients.map((each) => each.check(server.client)));
  }

  await Promise.all(renewers.map((each) => each.checkEveryLogOut(server.client)));
  // The run is worth something only if there was something to lose.
  const acknowledged = clients.map((each) => each.acknowledged);
  expect(Math.min(...acknowledged)).toBeGreaterThan(0);
  expect(acknowledged.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(rounds / 2);
  return server;
}
