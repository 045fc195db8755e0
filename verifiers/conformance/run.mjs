// Runs a verifier, in whichever language it is written, through all cases: see verifiers/CONFORMANCE.md.
import { CASES } from './cases.mjs';
import { runCase } from './run-case.mjs';

const words = process.argv.slice(2);
const command = words.join(' ');
if (command === '') {
  console.error('Say how your program is started: npm run verifier:conformance -- COMMAND');
  process.exit(2);
}

let failures = 0;
for (const name of Object.keys(CASES)) {
  try {
    const outcome = await runCase(name, command);
    console.log(`${outcome === 'passed' ? 'ok  ' : 'skip'} ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAIL ${name}\n     ${error.message.replaceAll('\n', '\n     ')}`);
  }
}
console.log(`${Object.keys(CASES).length} cases, ${failures} failed`);
process.exitCode = failures > 0 ? 1 : 0;
