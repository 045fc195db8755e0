import { join, resolve } from 'node:path';
import ts from 'typescript';
import type { Manifest } from './kubernetes.js';

const ROOT = resolve(__dirname, '../..');

/**
 * What is wrong with manifests by the published schemas of Kubernetes, which `kubernetes-types` holds as
 * types: unknown fields, missing fields, values of another type.
 */
export function schemaFaults(manifests: Manifest[]): string[] {
  // As an object of the source the compiler refuses unknown fields too.
  const lines = manifests.flatMap((manifest, index) => {
    const { apiVersion, kind } = manifest;
    const [group = '', version] = apiVersion.includes('/')
      ? apiVersion.split('/')
      : ['core', apiVersion];
    const module = `kubernetes-types/${group.replace(/\..*/, '')}/${version}.js`;
    return [
      `import type { ${kind} as Kind${index} } from '${module}';`,
      `export const manifest${index}: Kind${index} = ${JSON.stringify(manifest, null, 2)};`,
    ];
  });
  const name = join(ROOT, 'test/deploy/manifests.ts');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const readFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, target) =>
    path === name ? ts.createSourceFile(path, lines.join('\n'), target) : readFile(path, target);
  const program = ts.createProgram([name], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}
