import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { container, manifests, only, pod, podVariables, settings } from '../support/kubernetes.js';
import { schemaFaults } from '../support/kubernetes-schemas.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server, temporaryDirectory } from '../support/server.js';
import { TEST_KEY } from '../support/tokens.js';

const deployment = only('Deployment');
const labels = deployment.spec?.template.metadata?.labels;

describe('The manifests of Kubernetes', () => {
  it('are a deployment, its settings, a service, a disruption budget and a network policy', () => {
    expect(manifests.map(({ kind }) => kind).sort()).toEqual([
      'ConfigMap',
      'Deployment',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
    ]);
  });

  it('are valid by the schemas of Kubernetes', () => {
    expect(schemaFaults(manifests)).toEqual([]);
  });

  it.each([
    ['an unknown field', { replica: 3 }, /'"replica"' does not exist/],
    ['a value of another type', { replicas: '3' }, /'string' is not assignable to type 'number'/],
    ['a missing field', { selector: undefined }, /'selector'/],
  ])('would not be with %s', (_, change, fault) => {
    const spec = { ...deployment.spec, ...change };
    const changed = { ...deployment, spec } as unknown as (typeof manifests)[0];
    expect(schemaFaults([changed]).join('\n')).toMatch(fault);
  });

  it('hold no secret', () => {
    expect(JSON.stringify(manifests)).not.toMatch(/"kind":"Secret"|postgres:\/\/|redis:\/\//);
    expect(Object.keys(settings).filter((name) => /KEY$|_URL$/.test(name))).toEqual(['PUBLIC_URL']);
  });

  it('all mean the same pods', () => {
    const policy = only('NetworkPolicy');
    const budget = only('PodDisruptionBudget');
    for (const selector of [
      deployment.spec?.selector.matchLabels,
      only('Service').spec?.selector,
      policy.spec?.podSelector.matchLabels,
      budget.spec?.selector?.matchLabels,
      ...(pod.topologySpreadConstraints ?? []).map((rule) => rule.labelSelector?.matchLabels),
    ]) {
      expect(selector).toEqual(labels);
    }
  });

  it('keep to the restricted standard for pods, and write to /tmp alone', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.hostNetwork ?? pod.hostPID ?? pod.hostIPC).toBeUndefined();
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const writable = container.volumeMounts?.filter(({ readOnly }) => !readOnly);
    expect(writable?.map(({ mountPath }) => mountPath)).toEqual(['/tmp']);
    expect(pod.automountServiceAccountToken).toBe(false);
  });

  it('ask the port on which the image listens', () => {
    const dockerfile = readFileSync(resolve(__dirname, '../../Dockerfile'), 'utf8');
    const [, port] = /\bPORT=(\d+)/.exec(dockerfile) ?? [];
    expect(container.ports).toEqual([{ name: 'http', containerPort: Number(port) }]);
    expect(only('Service').spec?.ports?.map(({ targetPort }) => targetPort)).toEqual(['http']);
  });

  it('let in the service’s port alone, and out to the DNS, PostgreSQL and Redis', () => {
    const { spec } = only('NetworkPolicy');
    expect(spec?.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(spec?.ingress?.map(({ ports }) => ports?.map(({ port }) => port))).toEqual([['http']]);
    const outside = spec?.egress?.flatMap(({ ports = [] }) => ports.map(({ port }) => port));
    expect(outside).toEqual([53, 53, 5432, 6379]);
  });

  it('start a service that answers each probe, with its secrets in files', async () => {
    const variables = podVariables({
      'jwt-key': `${TEST_KEY}\n`,
      'data-key': `${randomBytes(48).toString('base64')}\n`,
      'database-url': await newPostgresDatabase(),
      'redis-url': newRedisDatabase(),
    });
    const { client } = await Server.start(variables);
    const { startupProbe, livenessProbe, readinessProbe } = container;
    for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
      expect(probe?.httpGet?.port).toBe('http');
      expect((await client.get(probe?.httpGet?.path ?? '')).status).toBe(200);
    }
    await client.newSession();
  });

  it('keep the variables away that Kubernetes makes of services, one of which stops the start', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'data'));
    const link = { REDIS_PORT: 'tcp://10.96.0.12:6379' };
    const { code, output } = await Server.startAndEnd(link, directory);
    expect([code, output]).toEqual([1, expect.stringContaining('REDIS_PORT')]);
    expect(pod.enableServiceLinks).toBe(false);
  });
});
