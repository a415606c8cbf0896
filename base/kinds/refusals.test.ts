/** What each kind refuses, in upstream's words and order, row by row. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe as sentence } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { decode } from '@orrery/machinery/schema';
import { catalogue, schemaOf } from './index.ts';
import { semanticsOf } from './semantics.ts';
import { controlRefusals } from './testing/control-refusals.data.ts';
import { coreChangeRefusals } from './testing/core-change-refusals.data.ts';
import { coreRefusals } from './testing/core-refusals.data.ts';
import { coreStatusRefusals } from './testing/core-status-refusals.data.ts';
import { networkRefusals } from './testing/network-refusals.data.ts';
import { podRefusals } from './testing/pod-refusals.data.ts';
import { podVolumeRefusals } from './testing/pod-volume-refusals.data.ts';
import { policyRefusals } from './testing/policy-refusals.data.ts';
import { serviceRefusals } from './testing/service-refusals.data.ts';
import { storageRefusals } from './testing/storage-refusals.data.ts';
import { workloadRefusals } from './testing/workload-refusals.data.ts';
import type { Json, Refusal } from './testing/refusal.ts';

const kindOf = (name: string) => {
  const [resource, ...group] = name.split('.');
  return catalogue.kinds.find(kind => kind.plural === resource && kind.group === group.join('.'))!;
};

/** An object as it is after decoding and defaulting. */
function stored(name: string, given: Json): KubeObject {
  const kind = kindOf(name);
  const metadata = { name: 'x', ...(kind.namespaced && { namespace: 'n' }), resourceVersion: '1', uid: 'u' };
  const whole = { ...given, metadata: { ...metadata, ...(given['metadata'] as Json | undefined) } };
  const { value, error } = decode(schemaOf(kind), JSON.parse(JSON.stringify(whole)));
  assert.equal(error, undefined);
  const object = structuredClone(value) as KubeObject;
  semanticsOf({ group: kind.group, version: kind.version, resource: kind.plural })!.defaults?.(object);
  return object;
}

function refused({ kind: name, object, old, status }: Refusal): string[] {
  const { group, version, plural } = kindOf(name);
  const semantics = semanticsOf({ group, version, resource: plural })!;
  const now = stored(name, object);
  if (!old) return semantics.validateCreate(now).map(sentence);
  const before = stored(name, old);
  return (status ? semantics.validateStatusUpdate(now, before) : semantics.validateUpdate(now, before)).map(sentence);
}

const rows = [
  controlRefusals,
  coreChangeRefusals,
  coreRefusals,
  coreStatusRefusals,
  networkRefusals,
  podRefusals,
  podVolumeRefusals,
  policyRefusals,
  serviceRefusals,
  storageRefusals,
  workloadRefusals,
].flat();
for (const row of rows) {
  test(`${row.kind}: ${row.why}`, () => {
    assert.deepEqual(refused(row), row.told);
  });
}
