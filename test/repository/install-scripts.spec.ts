import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const read = (name: string) =>
  JSON.parse(readFileSync(resolve(__dirname, '../..', name), 'utf8')) as unknown;

interface Lock {
  packages: Record<string, { hasInstallScript?: boolean }>;
}

it('Every package that would run a script at its installation is allowed to or refused by name', () => {
  const { packages } = read('package-lock.json') as Lock;
  const { allowScripts } = read('package.json') as { allowScripts: Record<string, boolean> };
  const scripted = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.split('node_modules/').at(-1) ?? '');
  expect([...new Set(scripted)].sort()).toEqual(Object.keys(allowScripts).sort());
});
