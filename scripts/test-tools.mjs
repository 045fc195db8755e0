// The programs that the tests start, and the Debian packages that bring them.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const DEBIAN_POSTGRES = '/usr/lib/postgresql';
const DEBIAN_PYTHON = '/usr/lib/python3/dist-packages';

const TOOLS = [
  { program: 'curl', debianPackage: 'curl' },
  { program: 'initdb', debianPackage: 'postgresql' },
  { program: 'postgres', debianPackage: 'postgresql' },
  { program: 'pg_dump', debianPackage: 'postgresql-client' },
  { program: 'pgbouncer', debianPackage: 'pgbouncer' },
  { program: 'sqlite3', debianPackage: 'sqlite3' },
  { program: 'redis-server', debianPackage: 'redis-server' },
  { program: 'redis-cli', debianPackage: 'redis-tools' },
  { program: 'faketime', debianPackage: 'faketime' },
  { program: 'script', debianPackage: 'bsdutils' },
  { program: 'nginx', debianPackage: 'nginx-light' },
  { program: 'openssl', debianPackage: 'openssl' },
  { program: 'oathtool', debianPackage: 'oathtool' },
  { program: 'caddy', debianPackage: 'caddy' },
  { program: 'docker-compose', debianPackage: 'docker-compose' },
  { program: 'systemd-analyze', debianPackage: 'systemd' },
  { program: 'nsenter', debianPackage: 'util-linux' },
  { program: 'kubectl', debianPackage: 'kubernetes-client' },
  { program: 'promtool', debianPackage: 'prometheus' },
  { program: 'prometheus', debianPackage: 'prometheus' },
  { program: 'chromium', debianPackage: 'chromium' },
  { program: 'go', debianPackage: 'golang-go' },
  {
    file: '/usr/share/gocode/src/golang.org/x/oauth2',
    debianPackage: 'golang-golang-x-oauth2-dev',
  },
  { file: `${DEBIAN_PYTHON}/authlib`, debianPackage: 'python3-authlib' },
  { file: `${DEBIAN_PYTHON}/requests_oauthlib`, debianPackage: 'python3-requests-oauthlib' },
  { file: `${DEBIAN_PYTHON}/jwt`, debianPackage: 'python3-jwt' },
  { file: `${DEBIAN_PYTHON}/flask`, debianPackage: 'python3-flask' },
];

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Debian keeps PostgreSQL's server programs out of the PATH, one folder for each version. */
function debianPostgresFolders() {
  if (!existsSync(DEBIAN_POSTGRES)) return [];
  const versions = readdirSync(DEBIAN_POSTGRES).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(DEBIAN_POSTGRES, version, 'bin'));
}

/** The path of a program; undefined if it is not installed. */
export function findProgram(program) {
  const path = (process.env.PATH ?? '').split(delimiter);
  const folders = [...debianPostgresFolders(), ...path, '/usr/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function missingPackages() {
  const missing = TOOLS.filter(({ program, file }) =>
    file ? !existsSync(file) : findProgram(program) === undefined,
  );
  return [...new Set(missing.map(({ debianPackage }) => debianPackage))];
}

/** Ends the process with one line that says what to install, if a program is missing. */
export function requireTestTools() {
  const packages = missingPackages();
  if (packages.length === 0) return;
  console.error(`The tests need more programs: apt-get install ${packages.join(' ')}`);
  process.exit(1);
}

/** Installs what is missing if this user may: on Debian, as root. */
function installTestTools() {
  const packages = missingPackages();
  if (packages.length === 0) return;
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    requireTestTools();
    return;
  }
  console.log(`Installing what the tests need: apt-get install ${packages.join(' ')}`);
  const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  execFileSync('apt-get', ['update', '-q'], options);
  execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], options);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) installTestTools();
