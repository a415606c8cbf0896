import assert from 'node:assert/strict';
import { describe as sentence } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { decode } from '@orrery/machinery/schema';
import { catalogue, schemaOf } from './index.ts';
import { semanticsOf } from './semantics.ts';
import { readRecordings, referenceTest } from './testing/reference.ts';
import type { Job, Pod, Service } from './types.data.ts';
import type { Step } from './testing/reference.ts';

type Json = Record<string, unknown>;
interface Resource {
  group: string;
  version: string;
  resource: string;
}

/** JSON and strategic merge patches without merging of lists, and JSON patches that set a value: what the recordings use. */
function patched(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) {
    const copy = structuredClone(target) as Json;
    for (const { path, value } of patch as { path: string; value: unknown }[]) {
      const parts = path.split('/').slice(1);
      const last = parts.pop()!;
      const parent = parts.reduce<Json>((at, part) => (at[part] ??= {}) as Json, copy);
      if (Array.isArray(parent) && last === '-') parent.push(value);
      else parent[last] = value;
    }
    return copy;
  }
  return merged(target, patch);
}

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Json = { ...(typeof target === 'object' && target !== null ? (target as Json) : {}) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

const resourceOf = (path: string): Resource & { subresource: string | undefined; namespace: string | undefined } => {
  const [, root, ...rest] = path.split('?')[0]!.split('/');
  const [group, version] = root === 'api' ? ['', rest.shift()!] : [rest.shift()!, rest.shift()!];
  const namespace = rest[0] === 'namespaces' && rest.length > 2 ? rest.splice(0, 2)[1] : undefined;
  return { group: group!, version: version!, resource: rest[0]!, subresource: rest[2], namespace };
};

const jobUid = 'uid-of-a-job';

/** What the server's strategy does before validation. */
function generateSelector({ spec, metadata }: Job): void {
  if (spec.manualSelector) return;
  metadata.uid ??= jobUid;
  const uid = metadata.uid;
  const name = metadata.name!;
  const own = {
    'controller-uid': uid,
    'job-name': name,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
  };
  spec.template.metadata = { ...spec.template.metadata, labels: { ...spec.template.metadata?.labels, ...own } };
  spec.selector = {
    ...spec.selector,
    matchLabels: { ...spec.selector?.matchLabels, 'batch.kubernetes.io/controller-uid': uid },
  };
}

function prepared(body: unknown, resource: Resource & { namespace: string | undefined }): KubeObject {
  const kind = catalogue.byResource(resource)!;
  const { value, error } = decode(schemaOf(kind), body);
  if (error) throw new Error(error);
  const object = structuredClone(value) as KubeObject;
  if (object.metadata.generateName && !object.metadata.name)
    object.metadata.name = `${object.metadata.generateName}<gen>`;
  if (resource.namespace) object.metadata.namespace = resource.namespace;
  semanticsOf(resource)!.defaults?.(object);
  if (resource.resource === 'jobs') generateSelector(object as Job);
  if (resource.resource === 'services') {
    const { spec } = object as Service;
    if (spec.clusterIP) spec.clusterIPs ??= [spec.clusterIP];
  }
  if (resource.resource === 'pods')
    Object.assign((object as Pod).spec, { serviceAccountName: 'default', serviceAccount: 'default' }); // by admission
  return object;
}

const distinct = (sentences: string[]): string[] => [...new Set(sentences)].sort();

/** A refused answer's sentences, each once, in order of the text: upstream walks maps in any order. */
const expectedSentences = (answer: { details?: { causes?: { field?: string; message: string }[] } }): string[] =>
  distinct((answer.details?.causes ?? []).map(({ field, message }) => (field ? `${field}: ${message}` : message)));

/** What others of the server decide: allocation, admission, the body itself, CEL, kinds without own validation yet. */
const elsewhere = new RegExp(
  '^val-(fv|fvpatch|svc-9$|svc-10$|svc-20$|svc-21$|job-6$|hpa1|vap-[1-9]$|token|sar|ssar|ns-5)|^val-(pvc-6|hpa-5)$',
);

function check(step: Step, before: KubeObject | undefined): { errors: FieldError[]; object: KubeObject } | undefined {
  const resource = resourceOf(step.path);
  const semantics = catalogue.byResource(resource) && semanticsOf(resource);
  if (!semantics || !step.body || typeof step.body !== 'object') return undefined;
  if (step.method === 'POST' && !resource.subresource) {
    const object = prepared(step.body, resource);
    return { object, errors: semantics.validateCreate(object) };
  }
  if (!before || (step.method !== 'PATCH' && step.method !== 'PUT')) return undefined;
  const object = prepared(step.method === 'PUT' ? step.body : patched(before, step.body), resource);
  object.metadata.resourceVersion ??= '1';
  object.metadata.creationTimestamp = before.metadata.creationTimestamp;
  const errors =
    resource.subresource === 'status'
      ? semantics.validateStatusUpdate(object, before)
      : semantics.validateUpdate(object, before);
  return { object, errors };
}

referenceTest(
  'what upstream refuses is refused in the same words, and what it takes is taken',
  'recorded/validation.jsonl',
  path => {
    const wrong: string[] = [];
    let compared = 0;
    for (const { id, why, steps } of readRecordings(path)) {
      if (elsewhere.test(id)) continue;
      let before: KubeObject | undefined;
      for (const step of steps) {
        const status = step.expect?.status ?? 0;
        if (status >= 400 && status !== 422) continue;
        const target = resourceOf(step.path).resource;
        if (step.method === 'POST' && (target === 'namespaces' || target === 'serviceaccounts') && !step.expect)
          continue;
        let result: ReturnType<typeof check>;
        try {
          result = check(step, before);
        } catch (error) {
          wrong.push(`${id} ${why}: ${(error as Error).stack}`);
          continue;
        }
        if (!result) continue;
        const found = distinct(result.errors.map(error => sentence(error).replaceAll(jobUid, '<uid>')));
        const expected =
          status === 422 ? expectedSentences(step.expect!.body as Parameters<typeof expectedSentences>[0]) : [];
        if (status !== 0) compared++;
        if (JSON.stringify(found) !== JSON.stringify(expected)) {
          wrong.push(
            `${id} ${why} ${step.method}\n  got  ${found.join('\n       ')}\n  want ${expected.join('\n       ')}`,
          );
        }
        if (status < 400) before = { ...result.object, metadata: { ...result.object.metadata, resourceVersion: '1' } };
      }
    }
    assert.equal(wrong.join('\n'), '');
    assert.ok(compared > 180, `only ${compared} compared`);
  },
);
