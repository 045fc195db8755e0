import assert from 'node:assert/strict';
import { CASES } from './cases.mjs';
import { Program, Unsupported } from './program.mjs';
import { CLIENT, StandIn } from './stand-in.mjs';

/**
 * Runs one case with programs and a Gatehouse of its own.
 * @returns `passed`, or `unsupported` if the program cannot do what it needs
 * @throws AssertionError that says what the verifier did wrong
 */
export async function runCase(name, command) {
  const gatehouse = await StandIn.start();
  const programs = [];
  const start = async (options = {}) => {
    const program = new Program(command);
    programs.push(program);
    await program.create(gatehouse, { ...CLIENT, mode: 'leased' }, options);
    return program;
  };
  try {
    await CASES[name]({ gatehouse, start });
    assert.deepEqual(gatehouse.violations, [], 'The protocol was broken');
    return 'passed';
  } catch (error) {
    if (error instanceof Unsupported) return 'unsupported';
    throw error;
  } finally {
    await Promise.all(programs.map((program) => program.end()));
    await gatehouse.stop();
  }
}
