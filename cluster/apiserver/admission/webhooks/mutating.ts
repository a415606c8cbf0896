/**
 * MutatingAdmissionWebhook: webhooks are asked one after the other, each sees what those before it made of the object. When one changes it,
 * all plug-ins run once more, and of the webhooks those that wish so and were asked before the change.
 */
import { applyJsonPatch, cloneJson, deepEqual } from '@orrery/machinery/patch';
import type { Json, JsonObject } from '@orrery/machinery/patch';
import type { KubeObject } from '@orrery/machinery/meta';
import { internalError } from '@orrery/machinery/status';
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts';
import { isConfiguration } from '../matching.ts';
import type { Matched } from '../matching.ts';
import { ask, counted } from './ask.ts';
import type { WebhookParts } from './ask.ts';
import { CallFailure, closed, Rejection, tooLate } from './refusals.ts';
import { relevanceOf } from './relevance.ts';
import type { Verdict } from './review.ts';
import type { Hook, HookSource } from './source.ts';

const pluginName = 'MutatingAdmissionWebhook';
const type = 'admit';

/** What is remembered from the first round to the second. */
class Rounds {
  /** The object as the webhooks left it. */
  last: KubeObject | undefined;
  readonly #asked = new Set<string>();
  readonly #again = new Set<string>();

  asked(uid: string): void {
    this.#asked.add(uid);
  }

  /** Somebody changed the object: those asked before are asked again. */
  changed(): void {
    for (const uid of this.#asked) this.#again.add(uid);
    this.#asked.clear();
  }

  isAskedAgain(uid: string): boolean {
    return this.#again.has(uid);
  }
}

function roundsOf({ reinvocation }: AdmissionAttributes): Rounds {
  const known = reinvocation.state.get(pluginName) as Rounds | undefined;
  const rounds = known ?? new Rounds();
  reinvocation.state.set(pluginName, rounds);
  return rounds;
}

const isSame = (a: unknown, b: unknown): boolean => deepEqual((a ?? null) as Json, (b ?? null) as Json);

export const mutatingWebhooks = (source: Pick<HookSource, 'hooks'>, parts: WebhookParts): AdmissionPlugin => ({
  name: pluginName,
  handles: (_operation, resource) => source.hooks.length > 0 && !isConfiguration(resource),
  async admit(attributes) {
    const { reinvocation } = attributes;
    const rounds = roundsOf(attributes);
    if (reinvocation.isReinvoke && !isSame(rounds.last, attributes.object)) rounds.changed();
    for (const [index, hook] of source.hooks.entries()) {
      const matched = await relevanceOf(hook, type, attributes, parts);
      if (matched === undefined) continue;
      if (reinvocation.isReinvoke && !rounds.isAskedAgain(hook.uid)) continue;
      if (attributes.signal?.aborted) throw tooLate();
      const changed = await mutateBy(hook, index, matched, attributes, parts);
      if (changed) {
        rounds.changed();
        reinvocation.needed = true;
      }
      if (hook.webhook.reinvocationPolicy === 'IfNeeded') rounds.asked(hook.uid);
    }
    rounds.last = attributes.object && cloneJson(attributes.object);
  },
});

/** Whether the webhook changed the object. @throws StatusError when the write is refused */
async function mutateBy(
  hook: Hook,
  index: number,
  matched: Matched,
  attributes: AdmissionAttributes,
  parts: WebhookParts,
): Promise<boolean> {
  const { name, failurePolicy } = hook.webhook;
  const place = `webhook.admission.k8s.io/round_${attributes.reinvocation.isReinvoke ? 1 : 0}_index_${index}`;
  let mutated = false;
  try {
    mutated = await counted(hook, type, attributes.operation, parts, () =>
      askAndApply(hook, place, matched, attributes, parts),
    );
  } catch (error) {
    if (error instanceof Rejection) throw error.status;
    if (!(error instanceof CallFailure)) throw error;
    if (failurePolicy !== 'Ignore') throw closed(error);
    if (attributes.signal?.aborted) throw tooLate();
    parts.log.warn('a webhook that failed was ignored', { webhook: name, error: error.message });
    parts.metrics.failedOpen(name, type);
    attributes.annotate(`failed-open.mutation.${place}`, name);
  } finally {
    attributes.annotate(
      `mutation.${place}`,
      JSON.stringify({ configuration: hook.configuration, webhook: name, mutated }),
    );
  }
  return mutated;
}

async function askAndApply(
  hook: Hook,
  place: string,
  matched: Matched,
  attributes: AdmissionAttributes,
  parts: WebhookParts,
): Promise<boolean> {
  const { served } = parts;
  const { name } = hook.webhook;
  const show = async (some: KubeObject | undefined): Promise<KubeObject | undefined> =>
    some && (await served.show(some, attributes, matched));
  const object = await show(attributes.object);
  const verdict = await ask(
    hook,
    true,
    attributes,
    matched,
    { object, oldObject: await show(attributes.oldObject) },
    parts,
  );
  const patch = patchOf(name, verdict);
  if (patch.length === 0) return false;
  if (object === undefined) {
    const why = 'attempted to modify the object, which is not supported for this operation';
    throw internalError(`admission webhook ${JSON.stringify(name)} ${why}`);
  }
  const patched = patchedBy(object, patch);
  attributes.object = await served.take(patched, attributes, matched);
  const shown = { configuration: hook.configuration, webhook: name, patch, patchType: 'JSONPatch' };
  attributes.annotate(`patch.${place}`, JSON.stringify(shown));
  return !isSame(object, patched);
}

/** The operations of an answer. @throws CallFailure for what is no patch */
function patchOf(webhook: string, { patch, patchType }: Verdict): readonly JsonObject[] {
  if (patch === undefined) return [];
  if (patchType !== 'JSONPatch')
    throw new CallFailure(webhook, `unsupported patch type ${JSON.stringify(patchType ?? '')}`, 400);
  const undecodable = (why: string): CallFailure =>
    new CallFailure(webhook, `received undecodable patch in webhook response: ${why}`, 503);
  let operations: unknown;
  try {
    operations = JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
  } catch {
    throw undecodable('invalid character in JSON');
  }
  if (operations === null) return [];
  const isOperation = (value: unknown): value is JsonObject =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!Array.isArray(operations) || !operations.every(isOperation))
    throw undecodable('json: cannot unmarshal into Go value of type jsonpatch.Patch');
  return operations;
}

const operationsMax = 10_000;

/** @throws StatusError 500: upstream takes a patch that does not fit for a fault of its own */
function patchedBy(object: KubeObject, patch: readonly JsonObject[]): KubeObject {
  if (patch.length > operationsMax) throw internalError(`the patch has more than ${operationsMax} operations`);
  try {
    // Patches are of what was sent: fields that are undefined were not.
    const sent = JSON.parse(JSON.stringify(object)) as JsonObject;
    return applyJsonPatch(sent, patch) as unknown as KubeObject;
  } catch {
    throw internalError(whyNot(object, patch));
  }
}

/** Which operation does not fit, found by doing them one by one. */
function whyNot(object: KubeObject, patch: readonly JsonObject[]): string {
  let document = object as unknown as JsonObject;
  for (const operation of patch) {
    try {
      document = applyJsonPatch(document, [operation]);
    } catch {
      const { op, path } = operation;
      if (op === 'test') return `testing value ${String(path)} failed: test failed`;
      if (!['add', 'remove', 'replace', 'move', 'copy'].includes(String(op)))
        return `Unexpected kind: ${String(op).slice(0, 100)}`;
      return `${String(op)} operation does not apply: doc is missing path: ${JSON.stringify(path ?? '')}: missing value`;
    }
  }
  return 'the patch does not apply';
}
