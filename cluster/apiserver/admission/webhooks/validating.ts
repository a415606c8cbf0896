/** ValidatingAdmissionWebhook: all webhooks that a write concerns are asked at once; the first in order that says no is told. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts';
import { isConfiguration } from '../matching.ts';
import type { Matched } from '../matching.ts';
import { ask, counted } from './ask.ts';
import type { WebhookParts } from './ask.ts';
import { CallFailure, closed, Rejection, tooLate } from './refusals.ts';
import { relevanceOf } from './relevance.ts';
import type { ShownObjects } from './review.ts';
import type { Hook, HookSource } from './source.ts';

const type = 'validating';

export const validatingWebhooks = (source: Pick<HookSource, 'hooks'>, parts: WebhookParts): AdmissionPlugin => ({
  name: 'ValidatingAdmissionWebhook',
  handles: (_operation, resource) => source.hooks.length > 0 && !isConfiguration(resource),
  async validate(attributes) {
    const concerned: { hook: Hook; index: number; matched: Matched }[] = [];
    for (const [index, hook] of source.hooks.entries()) {
      const matched = await relevanceOf(hook, 'validate', attributes, parts);
      if (matched) concerned.push({ hook, index, matched });
    }
    if (concerned.length === 0) return;
    if (attributes.signal?.aborted) throw tooLate();
    const shown = new ShownOnce(attributes, parts);
    const refusals = await Promise.all(
      concerned.map(({ hook, index, matched }) => refusalOf(hook, index, matched, attributes, shown, parts)),
    );
    const first = refusals.find(refusal => refusal !== undefined);
    if (first) throw first;
  },
});

/** The objects of a write in each version that somebody asks for. */
class ShownOnce {
  readonly #attributes: AdmissionAttributes;
  readonly #parts: WebhookParts;
  readonly #shown = new Map<string, Promise<ShownObjects>>();

  constructor(attributes: AdmissionAttributes, parts: WebhookParts) {
    this.#attributes = attributes;
    this.#parts = parts;
  }

  as(matched: Matched): Promise<ShownObjects> {
    const { group, version, kind } = matched.kind;
    const key = `${group}/${version}/${kind}`;
    let shown = this.#shown.get(key);
    if (shown === undefined) this.#shown.set(key, (shown = showBoth(this.#attributes, matched, this.#parts)));
    return shown;
  }
}

async function showBoth(
  attributes: AdmissionAttributes,
  matched: Matched,
  { served }: WebhookParts,
): Promise<ShownObjects> {
  const { object, oldObject } = attributes;
  const show = async (some: KubeObject | undefined): Promise<KubeObject | undefined> =>
    some && (await served.show(some, attributes, matched));
  return { object: await show(object), oldObject: await show(oldObject) };
}

/** Why this webhook refuses the write; undefined when it does not. */
async function refusalOf(
  hook: Hook,
  index: number,
  matched: Matched,
  attributes: AdmissionAttributes,
  shown: ShownOnce,
  parts: WebhookParts,
): Promise<Error | undefined> {
  const { name, failurePolicy } = hook.webhook;
  try {
    const objects = await shown.as(matched);
    await counted(hook, type, attributes.operation, parts, () => ask(hook, false, attributes, matched, objects, parts));
    return undefined;
  } catch (error) {
    if (error instanceof Rejection) return error.status;
    if (!(error instanceof CallFailure)) return error as Error;
    if (failurePolicy !== 'Ignore') return closed(error);
    if (attributes.signal?.aborted) return tooLate();
    parts.log.warn('a webhook that failed was ignored', { webhook: name, error: error.message });
    parts.metrics.failedOpen(name, type);
    attributes.annotate(`failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`, name);
    return undefined;
  }
}
