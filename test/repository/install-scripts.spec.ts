import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const read = (name: string) =>
  JSON.parse(readFileSync(resolve(__dirname, '../..', name), 'utf8')) as unknown;

/** Each is a package of its own, with its own lock file. */
const PACKAGES = [
  '.',
  'clients/typescript',
  'verifiers/typescript',
  'test/runtime',
  'test/relying-programs',
];

interface Lock {
  packages: Record<string, { hasInstallScript?: boolean }>;
}

interface Manifest {
  allowScripts?: Record<string, boolean>;
}

const TITLE =
  'Every package that would run a script at its installation is allowed to or refused by name: %s';

it.each(PACKAGES)(TITLE, (folder) => {
  const { packages } = read(`${folder}/package-lock.json`) as Lock;
  const { allowScripts = {} } = read(`${folder}/package.json`) as Manifest;
  const scripted = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.split('node_modules/').at(-1) ?? '');
  expect([...new Set(scripted)].sort()).toEqual(Object.keys(allowScripts).sort());
});
