import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap, Container, PodSpec, Service } from 'kubernetes-types/core/v1.js';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.js';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';
import { parseAllDocuments } from 'yaml';
import { temporaryDirectory, type Variables } from './server.js';

const ROOT = resolve(__dirname, '../..');

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** What kubectl makes of a kustomization. */
export function kustomized(folder: string): Manifest[] {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`kubectl kustomize ${folder}: ${stderr}`);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

/** What is shipped, as kubectl would apply it. */
export const manifests = kustomized(join(ROOT, 'deploy/kubernetes'));

interface Kinds {
  Deployment: Deployment;
  ConfigMap: ConfigMap;
  Service: Service;
  NetworkPolicy: NetworkPolicy;
  PodDisruptionBudget: PodDisruptionBudget;
}

/** The one manifest of a kind. */
export function only<Kind extends keyof Kinds>(kind: Kind): Kinds[Kind] {
  const [found, ...others] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || others.length > 0) throw new Error(`Not one ${kind}`);
  return found as Kinds[Kind];
}

export const pod = only('Deployment').spec?.template.spec as PodSpec;
export const [container] = pod.containers as [Container];
export const settings = only('ConfigMap').data ?? {};

/** What a pod sets for the service, with files of these secrets in the place of the cluster's. */
export function podVariables(secrets: Record<string, string>): Variables {
  const folder = temporaryDirectory();
  for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, name), value);
  const mount = container.volumeMounts?.find(({ name }) => name === 'secrets')?.mountPath ?? '-';
  const own = Object.entries(settings).map(([name, value]) => [name, value.replace(mount, folder)]);
  return { NODE_ENV: 'production', ...(Object.fromEntries(own) as Variables) };
}
