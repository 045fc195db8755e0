import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const modifiedMs = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** Installs the packages of a folder with a lock file of its own, if they are missing or older than that file. */
export function installIfNeeded(folder, ...options) {
  const installed = `${folder}/node_modules/.package-lock.json`;
  if (modifiedMs(`${folder}/package-lock.json`) <= modifiedMs(installed)) return;
  console.error(`Installing the packages of ${folder}…`);
  execFileSync('npm', ['ci', ...options, '--prefix', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
