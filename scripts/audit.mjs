// Asks the advisory service about the packages of the product, and those that build and test it. Ends with 1
// where one of them has an advisory of severity high or critical. Some registries and machines have no such
// service: that is said, and is a failure with AUDIT_REQUIRED=true alone.
import { spawnSync } from 'node:child_process';

const OPTIONS = ['--include=dev', '--audit-level=high', '--json'];

// One attempt: a machine without a way to the service should not wait for it.
const PATIENCE = ['--fetch-retries=0', '--fetch-timeout=15000'];

const { stdout, stderr, status, error } = spawnSync('npm', ['audit', ...OPTIONS, ...PATIENCE], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});

/** What npm wrote, or nothing where it is no JSON. */
function reportOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const { vulnerabilities, message, error: fault } = reportOf(stdout);

if (vulnerabilities) {
  for (const { name, severity, range, via } of Object.values(vulnerabilities)) {
    const reasons = via.map((cause) => cause.url ?? `by ${cause}`).join(', ');
    console.log(`${severity}: ${name} ${range} (${reasons})`);
  }
  process.exitCode = status ?? 1;
  if (status === 0) console.log('No advisory of severity high or critical');
} else if (message && !fault?.code) {
  console.log(`NOT AUDITED: the advisory service cannot be reached (${message})`);
  if (process.env.AUDIT_REQUIRED === 'true') process.exitCode = 1;
} else {
  console.error(`npm audit failed: ${fault?.summary ?? error?.message ?? stderr}`);
  process.exitCode = 1;
}
