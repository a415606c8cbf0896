import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOf } from './managedfields/check.ts';
import { compare } from './managedfields/compare.ts';
import { compareElements, describePath } from './managedfields/element.ts';
import { fieldsOf } from './managedfields/extract.ts';
import { decodeFields, encodeFields } from './managedfields/fieldsv1.ts';
import { capManagers, decodeManagers, managerOfUserAgent } from './managedfields/managers.ts';
import { merge } from './managedfields/merge.ts';
import {
  difference,
  intersection,
  isEmpty,
  pathsOf,
  recursiveDifference,
  setOfPaths,
  union,
} from './managedfields/set.ts';
import { ApplyConflict, differOnlyInTimes, encodeManagers, manageApply, manageUpdate } from './managedfields.ts';
import type { Change } from './managedfields.ts';
import type { KubeObject, ManagedFieldsEntry } from './meta.ts';
import { seededRandom } from './random.ts';
import { properties } from './schema.ts';
import type { Schema } from './schema.ts';
import { StatusError } from './status.ts';

const text: Schema = { type: 'string' };
const whole: Schema = { type: 'integer' };
const struct = (fields: Record<string, Schema>, more: Partial<Schema> = {}): Schema => ({
  type: 'object',
  properties: properties(Object.entries(fields)),
  ...more,
});
const port = struct({ port: whole, protocol: { ...text, default: 'TCP' }, name: text });
const container = struct({
  name: text,
  image: text,
  args: { type: 'array', items: text },
  ports: { type: 'array', listType: 'map', listKeys: ['port', 'protocol'], items: port },
});
const labels: Schema = { type: 'object', values: text };
const thing = struct({
  apiVersion: text,
  kind: text,
  metadata: struct({
    name: text,
    uid: text,
    labels,
    annotations: labels,
    finalizers: { type: 'array', listType: 'set', items: text },
    managedFields: { type: 'any' },
  }),
  spec: struct({
    replicas: whole,
    selector: struct({ match: labels }, { mapType: 'atomic' }),
    containers: { type: 'array', listType: 'map', listKeys: ['name'], items: container },
    free: { type: 'any' },
  }),
  status: struct({ phase: text }),
});

type Value = Record<string, unknown>;
const spec = (value: Value): Value => ({ spec: value });
const fields = (value: unknown): unknown => encodeFields(fieldsOf(thing, value));

test('the fields of a value: by field, by key, by value, or as one', () => {
  const rows: [Value, unknown][] = [
    [spec({ replicas: 1 }), { 'f:spec': { 'f:replicas': {} } }],
    [spec({}), { 'f:spec': {} }],
    [spec({ selector: { match: { a: 'b' } } }), { 'f:spec': { 'f:selector': {} } }],
    [spec({ containers: [] }), {}],
    [
      spec({ containers: [{ name: 'c', args: ['x'] }] }),
      { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:args': {}, 'f:name': {} } } } },
    ],
    [{ metadata: { finalizers: ['b', 'a'] } }, { 'f:metadata': { 'f:finalizers': { 'v:"a"': {}, 'v:"b"': {} } } }],
    [{ metadata: { labels: { x: '1' } } }, { 'f:metadata': { 'f:labels': { 'f:x': {} } } }],
    [spec({ free: { a: [1], b: { c: 1 } } }), { 'f:spec': { 'f:free': { 'f:a': {}, 'f:b': { '.': {}, 'f:c': {} } } } }],
    [spec({ replicas: null }), { 'f:spec': { 'f:replicas': {} } }],
  ];
  for (const [value, expected] of rows) assert.equal(JSON.stringify(fields(value)), JSON.stringify(expected));
});

test('a key that is not said is its default', () => {
  const value = spec({ containers: [{ name: 'c', ports: [{ port: 443 }, { port: 80, protocol: 'UDP' }] }] });
  const ports = Object.keys(
    (fields(value) as { 'f:spec': Record<string, Record<string, Record<string, object>>> })['f:spec']['f:containers']![
      'k:{"name":"c"}'
    ]!['f:ports']!,
  );
  assert.deepEqual(ports, ['k:{"port":80,"protocol":"UDP"}', 'k:{"port":443,"protocol":"TCP"}']);
});

test('elements stand in upstream’s order, numbers by size', () => {
  const sorted = ['i:0', 'v:"a"', 'v:2', 'v:10', 'k:{"p":443}', 'k:{"p":80}', 'f:b', 'f:A'].sort(compareElements);
  assert.deepEqual(sorted, ['f:A', 'f:b', 'k:{"p":80}', 'k:{"p":443}', 'v:2', 'v:10', 'v:"a"', 'i:0']);
});

test('paths as messages show them', () => {
  assert.equal(describePath(['f:a', 'k:{"name":"c","port":80}', 'f:b']), '.a[name="c",port=80].b');
  assert.equal(describePath(['f:a', 'v:"x"']), '.a[="x"]');
});

test('FieldsV1 is read and written alike; what is none is refused', () => {
  const form = { 'f:a': { '.': {}, 'f:b': {} }, 'f:c': { 'f:d': {} } };
  assert.deepEqual(encodeFields(decodeFields(form)), form);
  for (const bad of [{ x: {} }, { 'f:a': 1 }, { 'k:x': {} }, { 'i:z': {} }]) assert.throws(() => decodeFields(bad));
});

test('what differs: added with all parts, modified at leaves, removed with all parts', () => {
  const found = compare(
    thing,
    spec({ replicas: 1, selector: { match: { a: '1' } }, containers: [{ name: 'old' }, { name: 'both', image: 'a' }] }),
    spec({ replicas: 2, selector: { match: { a: '1' } }, containers: [{ name: 'both', image: 'b' }, { name: 'new' }] }),
  );
  assert.deepEqual(encodeFields(found.added), {
    'f:spec': { 'f:containers': { 'k:{"name":"new"}': { '.': {}, 'f:name': {} } } },
  });
  assert.deepEqual(encodeFields(found.modified), {
    'f:spec': { 'f:containers': { 'k:{"name":"both"}': { 'f:image': {} } }, 'f:replicas': {} },
  });
  assert.deepEqual(encodeFields(found.removed), {
    'f:spec': { 'f:containers': { 'k:{"name":"old"}': { '.': {}, 'f:name': {} } } },
  });
});

test('items stand as applied, others keep their place beside them', () => {
  const names = (...list: string[]): Value => spec({ containers: list.map(name => ({ name })) });
  const rows: [string[], string[], string[]][] = [
    [['a', 'b'], ['b'], ['a', 'b']],
    [
      ['a', 'b', 'c'],
      ['c', 'a'],
      ['b', 'c', 'a'],
    ],
    [[], ['x', 'y'], ['x', 'y']],
    [
      ['a', 'x'],
      ['n', 'a'],
      ['n', 'a', 'x'],
    ],
  ];
  for (const [live, applied, expected] of rows) {
    const merged = merge(thing, names(...live), names(...applied)) as { spec: { containers: { name: string }[] } };
    assert.deepEqual(
      merged.spec.containers.map(item => item.name),
      expected,
      `${live.join()} and ${applied.join()}`,
    );
  }
});

test('what does not fit is told in upstream’s words', () => {
  const rows: [Value, string][] = [
    [spec({ bogus: 1 }), '.spec.bogus: field not declared in schema'],
    [spec({ replicas: 'x' }), '.spec.replicas: expected numeric (int or float), got string'],
    [spec({ containers: [{ name: 'c' }, { name: 'c' }] }), '.spec.containers: duplicate entries for key [name="c"]'],
    [
      spec({ containers: [{ name: 1 }] }),
      '.spec.containers[name=1].name: expected string, got &value.valueUnstructured{Value:1}',
    ],
    [
      spec({ containers: [{ image: 'i' }] }),
      '.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn\'t have default value)',
    ],
  ];
  for (const [value, expected] of rows) assert.equal(problemOf(thing, value), expected);
  assert.equal(problemOf(thing, spec({ replicas: null, free: [1, { a: null }] })), undefined);
});

const change = (manager: string, more: Partial<Change> = {}): Change => ({
  group: 'apps',
  version: 'v1',
  kind: 'Thing',
  apiVersion: 'apps/v1',
  schema: thing,
  inVersion: () => undefined,
  manager,
  subresource: '',
  now: '2020-01-01T00:00:00Z',
  empty: () => ({ metadata: {}, spec: {} }),
  ...more,
});

/** An object as it is after a write: with its owners. */
const owned = (object: KubeObject, managedFields: ManagedFieldsEntry[] | undefined): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, uid: 'u', ...(managedFields ? { managedFields } : { managedFields: undefined }) },
});

const wanted = (value: Value): Value => ({
  apiVersion: 'apps/v1',
  kind: 'Thing',
  metadata: { name: 'x' },
  spec: value,
});

function apply(live: KubeObject | undefined, manager: string, value: Value, force = false): KubeObject {
  const { object, owners } = manageApply(change(manager), live, wanted(value), force);
  return owned(object ?? live!, encodeManagers(owners));
}

function write(live: KubeObject | undefined, manager: string, value: Value): KubeObject {
  const object = { ...wanted(value), metadata: { name: 'x' } } as KubeObject;
  return owned(object, encodeManagers(manageUpdate(change(manager), live, object)));
}

const ownersOf = (object: KubeObject): Record<string, unknown> =>
  Object.fromEntries((object.metadata.managedFields ?? []).map(entry => [entry.manager, entry.fieldsV1]));

const specOf = (object: KubeObject): unknown => (object as unknown as { spec: unknown }).spec;

test('apply twice changes nothing but who knows it', () => {
  const value = { replicas: 1, containers: [{ name: 'c', image: 'i' }] };
  const once = apply(undefined, 'm', value);
  const { object, owners } = manageApply(change('m'), once, wanted(value), false);
  assert.equal(object, undefined);
  assert.deepEqual(encodeManagers(owners), once.metadata.managedFields);
});

test('another value of somebody else’s field is a conflict, which force decides', () => {
  const first = apply(undefined, 'a', { replicas: 1 });
  assert.throws(
    () => apply(first, 'b', { replicas: 2 }),
    (error: unknown) =>
      error instanceof ApplyConflict &&
      error.code === 409 &&
      error.message === 'Apply failed with 1 conflict: conflict with "a": .spec.replicas',
  );
  const forced = apply(first, 'b', { replicas: 2 }, true);
  assert.deepEqual(ownersOf(forced), { b: { 'f:spec': { 'f:replicas': {} } } });
  assert.deepEqual(specOf(forced), { replicas: 2 });
});

test('a conflict with who updated names the version, and the operation is told apart', () => {
  const made = write(undefined, 'kubectl-client-side-apply', { replicas: 1 });
  assert.throws(() => apply(made, 'b', { replicas: 2 }), {
    message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
  });
});

test('a field that is not applied any more goes, unless somebody else owns it', () => {
  const shared = apply(apply(undefined, 'a', { replicas: 1, free: 'x' }), 'b', { replicas: 1 });
  const less = apply(shared, 'a', { free: 'x' });
  assert.deepEqual(specOf(less), { replicas: 1, free: 'x' });
  const none = apply(less, 'b', {});
  assert.deepEqual(specOf(none), { free: 'x' });
  const updated = write(apply(undefined, 'a', { replicas: 1, free: 'x' }), 'u', { replicas: 5, free: 'x' });
  assert.deepEqual(ownersOf(updated), {
    a: { 'f:spec': { 'f:free': {} } },
    u: { 'f:spec': { 'f:replicas': {} } },
  });
});

test('two managers of one list: each its items, each its fields of an item', () => {
  const first = apply(undefined, 'a', { containers: [{ name: 'c', image: 'i' }] });
  const both = apply(first, 'b', { containers: [{ name: 'c', args: ['x'] }, { name: 's' }] });
  assert.deepEqual(specOf(both), { containers: [{ name: 'c', image: 'i', args: ['x'] }, { name: 's' }] });
  assert.deepEqual(specOf(apply(both, 'b', {})), { containers: [{ name: 'c', image: 'i' }] });
});

test('what an object had before its first apply belongs to a manager of that name', () => {
  const bare = { ...write(undefined, 'u', { replicas: 1 }), metadata: { name: 'x', uid: 'u' } };
  assert.equal(manageUpdate(change('u'), bare, { ...bare, ...spec({ replicas: 2 }) } as KubeObject).size, 0);
  assert.deepEqual(Object.keys(ownersOf(apply(bare, 'a', { replicas: 1 }))).sort(), ['a', 'before-first-apply']);
});

test('kubectl may take what its client-side apply set, nobody else may', () => {
  const made = write(undefined, 'kubectl-client-side-apply', { replicas: 1 });
  made.metadata.annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ ...wanted({ replicas: 1 }) }),
  };
  assert.deepEqual(specOf(apply(made, 'kubectl', { replicas: 2 })), { replicas: 2 });
  assert.throws(() => apply(made, 'other', { replicas: 2 }), ApplyConflict);
});

test('an empty list of owners, or one of nothing, makes the object nobody’s', () => {
  const made = write(undefined, 'u', { replicas: 1 });
  for (const managedFields of [[], [{}]] as ManagedFieldsEntry[][]) {
    const given = { ...made, metadata: { ...made.metadata, managedFields } };
    assert.equal(manageUpdate(change('v'), made, given).size, 0);
    assert.equal(manageUpdate(change('v', { subresource: 'status' }), made, given).size, 1, 'only the object itself');
  }
});

test('a subresource owns only what it may change', () => {
  const filter: Change['filter'] = set => recursiveDifference(set, decodeFields({ 'f:spec': {} }));
  const made = write(undefined, 'u', { replicas: 1 });
  const next = { ...made, ...spec({ replicas: 7 }), status: { phase: 'x' } } as KubeObject;
  const managers = manageUpdate(change('k', { subresource: 'status', filter }), made, next);
  const entries = encodeManagers(managers)!;
  assert.deepEqual(
    entries.map(entry => [entry.manager, entry.subresource, entry.fieldsV1]),
    [
      ['k', 'status', { 'f:status': { '.': {}, 'f:phase': {} } }],
      ['u', undefined, { 'f:spec': { 'f:replicas': {} } }],
    ],
  );
});

test('of many updating managers the oldest become one', () => {
  const entries = Array.from({ length: 13 }, (_, i): ManagedFieldsEntry => {
    const time = `2020-01-01T00:00:${String(i).padStart(2, '0')}Z`;
    return {
      manager: `m${i}`,
      operation: 'Update',
      apiVersion: 'v1',
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: { [`f:x${i}`]: {} },
    };
  });
  const capped = encodeManagers(capManagers(decodeManagers(entries)))!;
  assert.equal(capped.length, 10);
  assert.equal(capped[0]!.manager, 'ancient-changes');
  assert.deepEqual(Object.keys(capped[0]!.fieldsV1!), ['f:x0', 'f:x1', 'f:x2', 'f:x3']);
});

test('a request that names no manager is its user agent’s', () => {
  const rows = [
    ['kubectl/v1.34 (linux)', 'kubectl'],
    ['', ''],
    ['a\u0001b/1', 'ab'],
    ['x'.repeat(200), 'x'.repeat(128)],
  ] as const;
  for (const [agent, manager] of rows) assert.equal(managerOfUserAgent(agent), manager);
});

test('owners that differ in nothing but their times', () => {
  const made = write(undefined, 'u', { replicas: 1 }).metadata.managedFields!;
  const later = made.map(entry => ({ ...entry, time: '2021-01-01T00:00:00Z' }));
  assert.equal(differOnlyInTimes(made, later), true);
  assert.equal(differOnlyInTimes(made, made), false);
  assert.equal(differOnlyInTimes(made, [...later, ...later]), false);
});

test('an applied configuration of another kind, or that names owners, is refused', () => {
  const bad = (value: Value, message: string, code: number): void =>
    assert.throws(
      () => manageApply(change('m'), undefined, value, false),
      (error: unknown) => error instanceof StatusError && error.message === message && error.code === code,
    );
  bad({}, 'invalid object type: /, Kind=', 400);
  bad({ apiVersion: 'v1', kind: 'Thing' }, 'invalid object type: /v1, Kind=Thing', 400);
  bad({ ...wanted({}), metadata: { managedFields: [] } }, 'metadata.managedFields must be nil', 400);
  bad(
    { ...wanted({ bogus: 1 }) },
    'failed to create typed patch object (/x; apps/v1, Kind=Thing): .spec.bogus: field not declared in schema',
    500,
  );
});

test('properties: random configurations', () => {
  const random = seededRandom(7);
  const pick = <T>(...choices: T[]): T => choices[Math.floor(random.float() * choices.length)]!;
  const config = (): Value => {
    const value: Value = {};
    if (pick(true, false)) value.replicas = pick(1, 2);
    if (value.replicas === undefined || pick(true, false)) value.free = pick({ a: 1 }, { a: 2, b: 1 });
    const names = ['c', 'd', 'e'].filter(() => pick(true, false));
    if (names.length > 0) value.containers = names.map(name => ({ name, ...pick({}, { image: 'i' }, { image: 'j' }) }));
    return value;
  };
  for (let round = 0; round < 300; round++) {
    const live = apply(apply(undefined, 'a', config()), 'b', config(), true);
    const mine = config();
    const forced = apply(live, 'a', mine, true);
    // What was applied is there, and nobody else owns another value of it.
    assert.equal(
      manageApply(change('a'), forced, wanted(mine), false).object,
      undefined,
      'applied once, applied for ever',
    );
    assert.doesNotThrow(() => apply(forced, 'a', mine));
    // Nobody else: what all stop applying goes.
    const gone = apply(apply(forced, 'a', {}, true), 'b', {}, true);
    assert.deepEqual(Object.keys((specOf(gone) as Value | undefined) ?? {}), []);
    const x = fieldsOf(thing, live);
    const y = fieldsOf(thing, forced);
    assert.deepEqual(encodeFields(union(difference(x, y), intersection(x, y))), encodeFields(x));
    assert.ok(isEmpty(intersection(difference(x, y), y)));
  }
});

test('what is skipped in a comparison is what a filter would drop of it', () => {
  const any: Schema = { type: 'any' };
  const objects = [
    {},
    { spec: { a: 1 }, status: { b: 1 } },
    { spec: { a: 2, c: [1] }, status: { b: 1, d: {} } },
    { metadata: { labels: { x: 'y' } }, status: null },
    { spec: null, other: 1 },
  ];
  for (const before of objects)
    for (const after of objects) {
      const whole = compare(any, before, after);
      const skipped = compare(any, before, after, new Set(['spec']));
      for (const part of ['added', 'modified', 'removed'] as const)
        assert.deepEqual(pathsOf(skipped[part]), pathsOf(recursiveDifference(whole[part], setOfPaths(['f:spec']))));
    }
});
