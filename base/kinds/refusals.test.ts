/** What each kind refuses, in upstream's words and order, row by row. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe as sentence } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { decode } from '@orrery/machinery/schema';
import { catalogue, schemaOf } from './index.ts';
import { semanticsOf } from './semantics.ts';
import { controlRefusals } from './testing/control-refusals.data.ts';
import { networkRefusals } from './testing/network-refusals.data.ts';
import { policyRefusals } from './testing/policy-refusals.data.ts';
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

for (const row of [...controlRefusals, ...networkRefusals, ...policyRefusals, ...workloadRefusals]) {
  test(`${row.kind}: ${row.why}`, () => {
    assert.deepEqual(refused(row), row.told);
  });
}
