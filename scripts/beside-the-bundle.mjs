// The packages that the bundle leaves out. As a command it copies them, with what they need, into a folder:
//   node scripts/beside-the-bundle.mjs FOLDER
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

/** Native code, data that few processes load, and what monitoring agents wrap. */
export const BESIDE_THE_BUNDLE = [
  '@node-rs/argon2',
  '@node-rs/bcrypt',
  '@zxcvbn-ts/language-common',
  'pg',
  'sqlite3',
];

/** What the install script of sqlite3 needs, and the service does not. */
const INSTALL_ONLY = ['node-addon-api', 'node-gyp', 'prebuild-install', 'tar'];

export const { packages: lockedPackages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));

/** Where Node finds the package `name` that is imported from the folder `from`. */
function find(name, from) {
  const path = `${from && `${from}/`}node_modules/${name}`;
  if (path in lockedPackages) return path;
  return from === ''
    ? undefined
    : find(name, from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))));
}

/** The folders of the packages beside the bundle, and of what they depend on, as far as it is installed. */
export function foldersBesideTheBundle() {
  const folders = new Set();
  const add = (name, from) => {
    const folder = find(name, from);
    if (!folder || folders.has(folder) || !existsSync(folder)) return;
    folders.add(folder);
    const { dependencies, optionalDependencies } = lockedPackages[folder];
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (!INSTALL_ONLY.includes(needed)) add(needed, folder);
    }
  };
  for (const name of BESIDE_THE_BUNDLE) add(name, '');
  return [...folders];
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [target] = argv.slice(2);
  for (const folder of foldersBesideTheBundle()) {
    cpSync(folder, join(target, folder), { recursive: true });
  }
}
