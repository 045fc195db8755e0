import { rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const VERIFIERS = resolve(dirname(fileURLToPath(import.meta.url)), '../../verifiers');

/** Debian's, for which Flask is installed. */
export const PYTHON = '/usr/bin/python3';

const PACKAGE = `${VERIFIERS}/typescript`;
const FRAMEWORKS = ['express', 'fastify', 'nest'];

/** Each process has its own, below the package: the examples find their frameworks there. */
export const BUILT = `${PACKAGE}/build/programs-${process.pid}`;

/** How the verifiers are started that the cases are for. */
export const PROGRAMS = {
  TypeScript: `node ${BUILT}/conformance.js`,
  Python: `${PYTHON} ${VERIFIERS}/python/conformance.py`,
};

/** The example API for a framework, once it is built. */
export const exampleOn = (framework) => `${BUILT}/examples/${framework}.js`;

/** Builds what is written in TypeScript. The compiler would take a minute. */
export async function buildVerifier() {
  const source = (name) => `${PACKAGE}/src/${name}.ts`;
  const ofFrameworks = FRAMEWORKS.map((name) => [`gatehouse-verifier/${name}`, source(name)]);
  await build({
    entryPoints: [
      ...['conformance.mjs', 'src/index.ts', 'src/fastify.ts'],
      ...FRAMEWORKS.map((name) => `examples/${name}.ts`),
    ],
    absWorkingDir: PACKAGE,
    alias: { 'gatehouse-verifier': source('index'), ...Object.fromEntries(ofFrameworks) },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    tsconfig: `${PACKAGE}/tsconfig.examples.json`,
    outdir: BUILT,
    outbase: PACKAGE,
  });
}

export function removeBuilt() {
  rmSync(BUILT, { recursive: true, force: true });
}
