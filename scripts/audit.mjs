// Asks the advisory service about the packages of the product, and those that build and test it. Ends with 1
// if one of them has an advisory of severity high or critical. Some registries and machines have no such
// service: that is said, and is a failure with AUDIT_REQUIRED=true alone.
import { spawnSync } from 'node:child_process';

const OPTIONS = ['--include=dev', '--audit-level=high', '--json'];

// One attempt: a machine without a way to the service should not wait for it.
const PATIENCE = ['--fetch-retries=0', '--fetch-timeout=15000'];

/** Each is a package of its own, with its own lock file. */
const PACKAGES = [
  '.',
  'clients/typescript',
  'verifiers/typescript',
  'test/runtime',
  'test/relying-programs',
];

/** What npm wrote; undefined if it is no JSON. */
function reportOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Says what is known against the packages of a folder. @returns whether that is acceptable */
function isAcceptable(folder) {
  const { stdout, stderr, status, error } = spawnSync('npm', ['audit', ...OPTIONS, ...PATIENCE], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { vulnerabilities, message, error: fault } = reportOf(stdout);

  if (vulnerabilities) {
    for (const { name, severity, range, via } of Object.values(vulnerabilities)) {
      const reasons = via.map((cause) => cause.url ?? `by ${cause}`).join(', ');
      console.log(`${severity}: ${name} ${range} (${reasons})`);
    }
    if (status === 0) console.log(`${folder}: no advisory of severity high or critical`);
    return status === 0;
  }
  if (message && !fault?.code) {
    console.log(`${folder}: NOT AUDITED: the advisory service cannot be reached (${message})`);
    return process.env.AUDIT_REQUIRED !== 'true';
  }
  console.error(`${folder}: npm audit failed: ${fault?.summary ?? error?.message ?? stderr}`);
  return false;
}

const answers = PACKAGES.map(isAcceptable);
if (answers.includes(false)) process.exitCode = 1;
