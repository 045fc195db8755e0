// Shows that the rounds of random faults can fail. Takes one rule of the leases at a time out of the last commit, in a
// copy of its own, runs the rounds on PostgreSQL and Redis against that, and prints the first round that caught it.
//   npm run soak:breaks -- [--rounds 40] [--seed 1] [--only wait,order,…]
// Ends with 1 if a rule was taken out and no round noticed.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** Each rule, and what takes its place. The texts must be found once. */
const BREAKS = {
  wait: {
    rule: 'a log-out is answered after every lease holder has heard',
    edits: [
      [
        'src/feed/change-announcements.ts',
        'await this.waits.untilForgotten(told);',
        'if (begunMs < 0) await this.waits.untilForgotten(told);',
      ],
    ],
  },
  order: {
    rule: 'the feed tells of a session after its row and its live record have ended',
    edits: [
      [
        'src/tokens/session-endings.ts',
        'const outcome = await this.journal.end({ userId, sessionId, client });',
        'await this.tellEnded([sessionId]);\n' +
          'const outcome = await this.journal.end({ userId, sessionId, client });',
      ],
      [
        'src/tokens/session-endings.ts',
        "if (outcome !== 'unknown') await this.tellEnded([sessionId]);",
        '',
      ],
    ],
  },
  cursor: {
    rule: 'a cursor names the life of the feed that it belongs to',
    edits: [
      [
        'src/feed/redis-feed-scripts.ts',
        "return word .. '-' .. string.sub(redis.sha1hex(run .. history), 1, 12)",
        "return 'life'",
      ],
    ],
  },
  clocks: {
    rule: 'a lease runs by the faster of two clocks',
    edits: [
      [
        'verifiers/typescript/src/clock.ts',
        'const elapsed = Math.max(byMonotonic, byWall);',
        'const elapsed = byWall;',
      ],
    ],
  },
  'in-flight': {
    rule: 'an answer is not kept if its change came while it was on its way',
    edits: [
      [
        'verifiers/typescript/src/questions.ts',
        'this.told?.changes.includes(answer.sid, sending.position) === false',
        'this.told !== undefined',
      ],
      [
        'verifiers/typescript/src/questions.ts',
        'this.told.kept.keep(token, answer, sending)',
        'this.told.kept.keep(token, answer, { ...sending, position: this.told.changes.position })',
      ],
    ],
  },
};

/** The name of what the rounds break, as their file has it. */
const SERVICES = 'Services on PostgreSQL and Redis,';
const SHARE_OF_THEM = 0.4;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: Object.keys(BREAKS).join() },
  },
});

/** The repository as it was committed, with the packages that are installed. */
function withCopy(use) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-breaks-'));
  const git = (...args) => execFileSync('git', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  git('worktree', 'add', '--detach', folder, 'HEAD');
  try {
    symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
    return use(folder);
  } finally {
    git('worktree', 'remove', '--force', folder);
  }
}

function edit(folder, [file, rule, broken]) {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(rule).length !== 2) throw new Error(`${file} does not have this once: ${rule}`);
  writeFileSync(
    path,
    text.replace(rule, () => broken),
  );
}

/** @returns the rounds in their order, whether each passed */
function runRounds(folder) {
  const report = join(folder, 'rounds.json');
  const args = ['jest', '--selectProjects', 'system', '--runInBand', '-t', SERVICES];
  spawnSync('npx', [...args, '--json', `--outputFile=${report}`, 'test/faults/random-faults'], {
    cwd: folder,
    // The file draws this share of them for these services.
    env: {
      ...process.env,
      FAULT_ROUNDS: String(Math.ceil(Number(values.rounds) / SHARE_OF_THEM)),
      FAULT_SEED: values.seed,
    },
    stdio: 'ignore',
  });
  const [{ assertionResults }] = JSON.parse(readFileSync(report, 'utf8')).testResults;
  return assertionResults
    .filter(({ status }) => status === 'passed' || status === 'failed')
    .map(({ title, status, failureMessages: [message = ''] }) => ({
      title: title.replace(/^keep every promise and serve again soon: /, ''),
      hasPassed: status === 'passed',
      message: message
        .replaceAll(/\u001B\[\d+m/g, '')
        .split('\n')
        .slice(0, 12)
        .join('\n'),
    }));
}

console.log(`FAULT_SEED=${values.seed}, up to ${values.rounds} rounds for each.\n`);
console.log('| without the rule that | caught by round | which was |');
console.log('| --- | --- | --- |');
for (const name of values.only.split(',')) {
  const { rule, edits } = BREAKS[name];
  const rounds = withCopy((folder) => {
    for (const each of edits) edit(folder, each);
    return runRounds(folder);
  });
  const index = rounds.findIndex(({ hasPassed }) => !hasPassed);
  const found = rounds[index];
  console.log(
    `| ${rule} | ${found ? index + 1 : 'none'} of ${rounds.length} | ${found?.title ?? ''} |`,
  );
  if (found) console.error(found.message);
  else process.exitCode = 1;
}
