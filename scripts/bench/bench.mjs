// Measures the built service as it ships, against a bare Fastify server with revocable tokens, and prints a
// Markdown table: what is wanted, what was measured, and whether that is enough. docs/performance.md says
// how. Starts its own Redis, talks to loopback alone, and ends with 1 if an answer was not as expected.
//   npm run bench -- [--rounds 5] [--seconds 3] [--only user,renew,…] [--against FOLDER]
// With the folder of another checkout that is built, rows that take turns measure that build too. The service
// runs on the Node of NODE_UNDER_TEST if that is set.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine, Fleet, pinDriver } from './processes.mjs';
import { ROWS } from './rows.mjs';

if (!existsSync('/proc/self/schedstat')) {
  throw new Error(
    'The CPU of a process is read from /proc/PID/task/*/schedstat, which only Linux has',
  );
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: Object.keys(ROWS).join() },
    against: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const { against } = values;
const names = values.only.split(',');
const unknown = names.filter((name) => !Object.hasOwn(ROWS, name));
if (unknown.length > 0 || !(rounds >= 1) || !(seconds >= 1)) {
  throw new Error(
    `--rounds and --seconds are 1 at least; --only is of: ${Object.keys(ROWS).join()}`,
  );
}

const fleet = new Fleet();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => fleet.stop().finally(() => process.exit(1)));
}

pinDriver();
console.log(describeMachine());
console.log(`Medians of ${rounds} rounds of ${seconds} s.\n`);
console.log('| figure | target | measured | reached |');
console.log('| --- | --- | --- | --- |');
for (const name of names) {
  const { figure, target, measure } = ROWS[name];
  try {
    const { value, isReached } = await measure(fleet, { rounds, seconds, against });
    console.log(`| ${figure} | ${target} | ${value} | ${isReached ? 'yes' : 'no'} |`);
  } finally {
    await fleet.stop();
  }
}
