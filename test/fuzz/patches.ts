/** Patches: nothing but declared errors, inputs untouched, and equality with a second implementation where there is one. */
import assert from 'node:assert/strict';
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  type Json,
  type JsonObject,
  type PatchSchema,
} from '@orrery/machinery/patch';
import type { Random } from '@orrery/machinery/random';
import { StatusError } from '@orrery/machinery/status';
import { below, drawJson, drawObject, oddText, pick } from './draw.ts';
import { answerOf, type Target } from './fuzz.ts';

const declared = (error: unknown): boolean => error instanceof StatusError;

/** Applies a patch to copies that must stay as they were. */
function apply(
  work: (document: JsonObject, patch: unknown) => JsonObject,
  document: JsonObject,
  patch: unknown,
): JsonObject | undefined {
  const before = JSON.stringify([document, patch]);
  const done = answerOf(() => work(document, patch), declared);
  assert.equal(JSON.stringify([document, patch]), before, 'the inputs are as they were');
  assert.equal(Object.getPrototypeOf(Object.prototype), null);
  assert.ok(!('polluted' in {}), 'no prototype was changed');
  return 'value' in done ? done.value : undefined;
}

/** RFC 7386 as it is written there. */
function mergeAsWritten(target: Json | undefined, patch: Json): Json {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const object = target !== null && typeof target === 'object' && !Array.isArray(target) ? (target as JsonObject) : {};
  const merged = new Map(Object.entries(object));
  for (const [key, value] of Object.entries(patch as JsonObject)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergeAsWritten(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** Nulls within lists of a patch are where upstream goes its own way; they are left out of the comparison. */
const withoutListedObjects = (value: Json): Json => {
  if (Array.isArray(value)) return value.filter(item => item === null || typeof item !== 'object');
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutListedObjects(each)]));
};

const merge: Target = random => {
  const document = drawObject(random);
  const patch = withoutListedObjects(drawObject(random));
  assert.deepEqual(apply(applyMergePatch, document, patch), mergeAsWritten(document, patch));
  apply(applyMergePatch, document, drawJson(random));
};

const pointer = (random: Random): string =>
  Array.from({ length: below(random, 4) }, () => `/${pick(random, ['a', 'b', '0', '1', '-', oddText(random)])}`).join(
    '',
  );

const jsonPatch: Target = random => {
  const operation = (): Json => {
    const op = pick(random, ['add', 'remove', 'replace', 'move', 'copy', 'test', 'other']);
    const drawn = { op, path: pointer(random), from: pointer(random), value: drawJson(random, 2) };
    return random.float() < 0.9 ? drawn : drawJson(random);
  };
  const document = drawObject(random);
  const patch = random.float() < 0.95 ? Array.from({ length: below(random, 5) }, operation) : drawJson(random);
  const done = apply(applyJsonPatch, document, patch);
  if (done === undefined) return;
  assert.equal(typeof done, 'object');
  // What was added can be tested for, and taken away again.
  const key = pick(random, ['new', 'other']);
  const added = applyJsonPatch(done, [
    { op: 'add', path: `/${key}`, value: 1 },
    { op: 'test', path: `/${key}`, value: 1 },
  ]);
  const { [key]: _before, ...rest } = done;
  assert.deepEqual(applyJsonPatch(added, [{ op: 'remove', path: `/${key}` }]), rest);
};

const strategic: Target = random => {
  const any: PatchSchema = { property: () => any, items: () => any };
  const byName: PatchSchema = { ...any, mergeKey: 'name', strategies: ['merge'] };
  const schema: PatchSchema = { ...any, property: name => (name === 'items' ? byName : any) };
  const item = (): Json => ({ name: pick(random, ['a', 'b', 'c']), ...drawObject(random, 2) });
  const document = { ...drawObject(random), items: Array.from({ length: below(random, 3) }, item) };
  const patch = {
    ...drawObject(random),
    ...(random.float() < 0.5 && { items: Array.from({ length: below(random, 3) }, item) }),
  };
  apply((target, each) => applyStrategicMergePatch(target, each, schema), document, patch);
  const plain = apply(applyStrategicMergePatch, document, patch);
  const again = plain && apply(applyStrategicMergePatch, plain, patch);
  // Nulls within lists stay where a list is replaced, and go where it is new; upstream does the same.
  const simple = !/\$|null/.test(JSON.stringify(patch));
  if (plain && again && simple) assert.deepEqual(again, plain, 'a patch twice is a patch once');
};

export const patches: Readonly<Record<string, Target>> = { merge, jsonPatch, strategic };
