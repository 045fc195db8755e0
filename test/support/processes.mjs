import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Above those that fetch refuses to use. */
const LOWEST_PORT = 11_000;

const EPHEMERAL_PORTS = '/proc/sys/net/ipv4/ip_local_port_range';

/** Where the kernel begins to give out ports for connections. */
function lowestEphemeralPort() {
  const text = existsSync(EPHEMERAL_PORTS) ? readFileSync(EPHEMERAL_PORTS, 'utf8') : '';
  const [first = 32_768] = text.match(/\d+/g)?.map(Number) ?? [];
  return first > LOWEST_PORT + 1_000 ? first : 65_536;
}

/**
 * A port that no program listens on just now. No connection is given it either, so that a server which is
 * stopped can be started on it again.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(LOWEST_PORT, lowestEphemeralPort());
    const probe = createServer().listen(port, '127.0.0.1');
    try {
      await once(probe, 'listening');
    } catch {
      continue;
    }
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

/** Some servers refuse to run as root; anybody without rights will do. */
export function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

export function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ends a process with a signal, also one that is paused; resolves once it is gone. */
export async function end(child, signal) {
  if (hasEnded(child)) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  child.kill('SIGCONT');
  await exit;
}
