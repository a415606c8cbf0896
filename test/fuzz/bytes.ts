/** Decoders of what comes packed: protobuf bodies, and the sets of managed fields. */
import assert from 'node:assert/strict';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Random } from '@orrery/machinery/random';
import { StatusError } from '@orrery/machinery/status';
import { decodeFields, encodeFields } from '../../base/machinery/managedfields/fieldsv1.ts';
import { decodeProtobuf, encodeProtobuf } from '../../cluster/apiserver/serve/protobuf.ts';
import { below, mutateBytes, oddText, pick } from './draw.ts';
import { answerOf, isDeclared, type Target } from './fuzz.ts';

function drawTyped(random: Random): KubeObject {
  const text = () => oddText(random).toWellFormed();
  const metadata = { name: text() || 'a', labels: { [text() || 'k']: text() } };
  const containers = [{ name: 'c', image: text() || 'i', env: [{ name: 'e', value: text() || 'v' }] }];
  return pick<object>(random, [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [text() || 'k']: text() } },
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers, nodeName: 'n', priority: below(random, 2 ** 31) } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 1 + below(random, 9) } },
  ]) as KubeObject;
}

/** What was encoded comes back; what was changed is refused with a sentence, or is some other object. */
const protobuf: Target = random => {
  const object = drawTyped(random);
  const bytes = encodeProtobuf(object);
  const read = decodeProtobuf(bytes) as KubeObject;
  assert.deepEqual(Buffer.from(encodeProtobuf(read)), Buffer.from(bytes));
  const changed = answerOf(
    () => decodeProtobuf(mutateBytes(random, bytes)),
    error => error instanceof StatusError,
  );
  if ('value' in changed) JSON.stringify(changed.value);
};

function drawFields(random: Random, depth = 3): Record<string, unknown> {
  const name = () => {
    const forms = ['f:a', 'f:b', '.', 'k:{"name":"a"}', 'k:{"port":80,"protocol":"TCP"}', 'v:"x"', 'v:1', 'i:0'];
    return random.float() < 0.8
      ? pick(random, forms)
      : `${pick(random, ['f:', 'k:', 'v:', 'i:', ''])}${oddText(random)}`;
  };
  const inner = () => (depth === 0 || random.float() < 0.4 ? {} : drawFields(random, depth - 1));
  return Object.fromEntries(Array.from({ length: below(random, 4) }, () => [name(), inner()]));
}

const fieldSets: Target = random => {
  const read = answerOf(() => decodeFields(drawFields(random)), isDeclared);
  if (!('value' in read)) return;
  const written = encodeFields(read.value);
  assert.deepEqual(encodeFields(decodeFields(JSON.parse(JSON.stringify(written)) as typeof written)), written);
};

export const packed: Readonly<Record<string, Target>> = { protobuf, fieldSets };
