// Installs the packages of the client for TypeScript, which has its own, where they are missing or out of date.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const CLIENT = 'clients/typescript';
const LOCK = `${CLIENT}/package-lock.json`;
const INSTALLED = `${CLIENT}/node_modules/.package-lock.json`;

const modifiedMs = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

if (modifiedMs(LOCK) > modifiedMs(INSTALLED)) {
  console.log('Installing the packages of the client…');
  execFileSync('npm', ['ci', '--prefix', CLIENT], { stdio: 'inherit' });
}
