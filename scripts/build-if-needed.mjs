// Builds dist/ if it is missing or older than the sources. An installed image has no sources.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const BUILT = 'dist/main.js';
const INPUTS = [
  'package-lock.json',
  'scripts/bundle.mjs',
  'scripts/beside-the-bundle.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
];

const modifiedMs = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newestSourceMs() {
  const names = readdirSync('src', { recursive: true });
  return Math.max(...[...INPUTS, ...names.map((name) => join('src', name))].map(modifiedMs));
}

if (existsSync('src') && newestSourceMs() > modifiedMs(BUILT)) {
  console.error('Building…');
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
