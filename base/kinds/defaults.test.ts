import assert from 'node:assert/strict';
import { decode } from '@orrery/machinery/schema';
import type { KubeObject } from '@orrery/machinery/meta';
import { catalogue, schemaOf } from './index.ts';
import { semanticsOf } from './semantics.ts';
import { readRecordings, referenceTest } from './testing/reference.ts';
import type { Step } from './testing/reference.ts';

type Json = Record<string, unknown>;

/** What the server adds that is no default: allocation, admission and strategies. */
const notDefaults: Record<string, string[]> = {
  Pod: [
    'serviceAccountName',
    'serviceAccount',
    'tolerations',
    'priority',
    'preemptionPolicy',
    'imagePullSecrets',
    'volumes',
  ],
  Service: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort', 'ports'],
  Job: ['selector', 'template'],
  CertificateSigningRequest: ['username', 'groups', 'uid', 'extra'],
  PersistentVolumeClaim: ['dataSource', 'dataSourceRef', 'storageClassName'],
  Namespace: ['finalizers'],
  Node: ['taints'],
  SelfSubjectReview: ['status'],
};

function comparable(object: Json): Json {
  const { metadata: _metadata, status: _status, ...rest } = object;
  const spec = rest['spec'] as Json | undefined;
  for (const name of notDefaults[rest['kind'] as string] ?? []) if (spec) delete spec[name];
  return JSON.parse(
    JSON.stringify(rest, (_name, value) =>
      typeof value === 'string' && /^<\w+>$|^\d{4}-\d\d-/.test(value) ? undefined : value,
    ),
  ) as Json;
}

function stored(step: Step): Json | undefined {
  const given = step.body as KubeObject;
  const [group, version] = given.apiVersion!.includes('/') ? given.apiVersion!.split('/') : ['', given.apiVersion!];
  const kind = catalogue.byKind({ group: group!, version: version!, kind: given.kind! });
  if (!kind) return undefined;
  const { value, error } = decode(schemaOf(kind), structuredClone(given));
  assert.equal(error, undefined);
  semanticsOf({ group: group!, version: version!, resource: kind.plural })!.defaults?.(value as KubeObject);
  return comparable(value as Json);
}

const diff = (error: unknown): string => {
  const { actual, expected } = error as { actual: unknown; expected: unknown };
  return `got  ${JSON.stringify(actual)}\nwant ${JSON.stringify(expected)}`;
};

referenceTest('a new object is stored with upstream’s defaults', 'recorded/defaults.jsonl', path => {
  let compared = 0;
  const wrong: string[] = [];
  for (const { id, why, steps } of readRecordings(path)) {
    for (const step of steps) {
      const answer = step.expect?.body as Json | undefined;
      if (
        step.method !== 'POST' ||
        step.expect?.status !== 201 ||
        !answer?.['apiVersion'] ||
        (answer['kind'] as string).endsWith('Review')
      )
        continue;
      if (id === 'defaults-pod-satoken') continue; // admission mounts the token
      try {
        assert.deepEqual(stored(step), comparable(answer), `${id}: ${why}`);
      } catch (error) {
        wrong.push(`${id}: ${why}\n${diff(error)}`);
      }
      compared++;
    }
  }
  assert.equal(wrong.join('\n'), '');
  assert.ok(compared > 80, `only ${compared} compared`);
});
