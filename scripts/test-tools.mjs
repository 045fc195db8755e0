// The programs that the tests start, and the Debian packages that bring them.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const TOOLS = [{ program: 'curl', debianPackage: 'curl' }];

const isMissing = ({ program }) =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status !== 0;

const missingPackages = () => TOOLS.filter(isMissing).map(({ debianPackage }) => debianPackage);

/** Ends the process with one line that says what to install, where a program is missing. */
export function requireTestTools() {
  const packages = missingPackages();
  if (packages.length === 0) return;
  console.error(`The tests need more programs: apt-get install ${packages.join(' ')}`);
  process.exit(1);
}

/** Installs what is missing where this user may: on Debian, as root. */
function installTestTools() {
  const packages = missingPackages();
  if (packages.length === 0) return;
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) return requireTestTools();
  console.log(`Installing what the tests need: apt-get install ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-q'], { stdio: 'inherit', env });
  execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], {
    stdio: 'inherit',
    env,
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) installTestTools();
