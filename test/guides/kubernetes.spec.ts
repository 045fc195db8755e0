import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { codeBlocksOf } from '../support/documents.js';
import { Guide } from '../support/guide.js';
import { kustomized, settings, type Manifest } from '../support/kubernetes.js';
import { schemaFaults } from '../support/kubernetes-schemas.js';

const GUIDE = 'docs/guides/kubernetes.md';

/** The kustomize of older programs, Debian 12's among them, has another word for folders. */
const version = execFileSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
const isOld = / GitVersion:"v1\.(1\d|20)\./.test(version);

/** A block of YAML in a section of the guide. */
function yamlOf(section: string): string {
  const blocks = codeBlocksOf(GUIDE).filter((block) => block.section === section);
  return blocks.find(({ language }) => language === 'yaml')?.text ?? '';
}

it('The Secret of the guide has the files that the settings name', async () => {
  const guide = new Guide(GUIDE, { section: 'The secrets' });
  await guide.prepare('kubectl() { command kubectl "$@" --dry-run=client -o yaml >secret.yaml; }');
  await guide.follow();
  const secret = parse(readFileSync(join(guide.folder, 'secret.yaml'), 'utf8')) as Manifest & {
    data: Record<string, string>;
  };
  const { kind, metadata, data } = secret;
  expect([kind, metadata.name]).toEqual(['Secret', 'gatehouse']);
  const named = Object.entries(settings).filter(([name]) => name.endsWith('_FILE'));
  expect(Object.keys(data).sort()).toEqual(named.map(([, path]) => basename(path)).sort());
});

it('Settings on top of what is shipped are manifests of Kubernetes too', async () => {
  const guide = new Guide(GUIDE, {
    section: 'Settings of your own',
    replacements: isOld ? { 'resources:': 'bases:' } : {},
  });
  await guide.follow();
  const manifests = kustomized(join(guide.folder, 'my-cluster'));
  expect(schemaFaults(manifests)).toEqual([]);
  expect(new Set(manifests.map(({ metadata }) => metadata.namespace))).toEqual(
    new Set(['gatehouse']),
  );
});

it('The patch of the guide fits the network policy, and the Ingress its schema', async () => {
  if (!isOld) {
    const guide = new Guide(GUIDE, { section: 'Settings of your own' });
    await guide.follow();
    const patch = yamlOf('Settings of your own');
    await guide.prepare(`cat >>my-cluster/kustomization.yaml <<'END'\n${patch}END`);
    const patched = JSON.stringify(kustomized(join(guide.folder, 'my-cluster')));
    expect(patched).toContain('"kubernetes.io/metadata.name":"traefik"');
    expect(patched).toContain('{"port":6380}');
  }
  const ingress = parseAllDocuments(yamlOf('Start it')).map((one) => one.toJS() as Manifest);
  expect(ingress.map(({ kind }) => kind)).toEqual(['Ingress']);
  expect(schemaFaults(ingress)).toEqual([]);
});
