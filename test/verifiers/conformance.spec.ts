import { CASES } from '../../verifiers/conformance/cases.mjs';
import { runCase } from '../../verifiers/conformance/run-case.mjs';
import { buildVerifier, PROGRAMS, removeBuilt } from '../../scripts/support/verifier-programs.mjs';

beforeAll(buildVerifier);
afterAll(removeBuilt);

describe.each(Object.entries(PROGRAMS))('A verifier in %s', (language, command) => {
  // A process of Node is not forked.
  const names = Object.keys(CASES).filter(
    (name) => !(language === 'TypeScript' && name.startsWith('after a fork')),
  );

  it.each(names)('%s', async (name) => {
    expect(await runCase(name, command)).toBe('passed');
  });
});
