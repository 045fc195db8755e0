import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram } from '../../scripts/test-tools.mjs';
import { end, freePort, hasEnded } from './processes.mjs';

const START_LIMIT_MS = 20_000;
const SENTINELS = 3;
const NAME = 'accounts';

/** How long a primary may be silent before they replace it. */
const DOWN_AFTER_MS = 1_000;

const run = promisify(execFile);

function configuration(port, tlsPort, primaryPort, encryption) {
  const settings = Object.entries({ ...encryption, 'tls-port': tlsPort, 'tls-replication': 'yes' });
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    ...(tlsPort ? settings.map(([name, value]) => `${name} ${value}`) : []),
    `sentinel monitor ${NAME} 127.0.0.1 ${primaryPort} 2`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} 5000`,
    '',
  ].join('\n');
}

/**
 * Starts three sentinels on loopback for the primary at that port, which already has its replicas; resolves once they
 * agree on everything.
 * @param encryption the settings of TLS, if clients are to use it, and the primary's port too
 */
export async function startSentinels(primaryPort, encryption) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sentinels-'));
  const sentinels = [];
  for (let count = 0; count < SENTINELS; count++) {
    const port = await freePort();
    const tlsPort = encryption && (await freePort());
    const file = join(folder, `${port}.conf`);
    writeFileSync(file, configuration(port, tlsPort, primaryPort, encryption));
    const args = [file, '--sentinel'];
    const child = spawn(findProgram('redis-server'), args, { stdio: 'ignore', cwd: folder });
    const cli = async (...words) => {
      const { stdout } = await run(findProgram('redis-cli'), ['-p', String(port), ...words]);
      return stdout.trim();
    };
    sentinels.push({ port, tlsPort, child, cli });
  }
  await untilTheyAgree(sentinels.map(({ cli }) => cli));
  return {
    name: NAME,
    ports: sentinels.map(({ port }) => port),
    nodes: sentinels.map(({ port, tlsPort }) => `127.0.0.1:${tlsPort ?? port}`).join(','),
    cli: (...words) => sentinels.find(({ child }) => !hasEnded(child)).cli(...words),
    cliOf: (port, ...words) => sentinels.find((sentinel) => sentinel.port === port).cli(...words),
    kill: (index) => end(sentinels[index].child, 'SIGKILL'),
    pause: (index) => sentinels[index].child.kill('SIGSTOP'),
    resume: (index) => sentinels[index].child.kill('SIGCONT'),
    async stop() {
      await Promise.all(sentinels.map(({ child }) => end(child, 'SIGKILL')));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilTheyAgree(clis) {
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await sleep(100)) {
    const answers = await Promise.all(
      clis.map((cli) => cli('SENTINEL', 'MASTER', NAME).catch(() => '')),
    );
    const isDone = (answer) =>
      /^num-slaves\n[1-9]/m.test(answer) && answer.includes('num-other-sentinels\n2\n');
    if (answers.every(isDone)) return;
  }
  throw new Error('The sentinels of the tests do not find each other');
}
