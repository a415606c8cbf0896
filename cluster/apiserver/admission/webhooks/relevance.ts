/** Whether a webhook is asked about a write, and as what the write is shown to it (apiserver `webhook/generic`). */
import { forbidden, StatusError } from '@orrery/machinery/status';
import type { AdmissionAttributes, Authorizer, Served } from '../../types.ts';
import { matchesNamespace, matchesObject, matchRules } from '../matching.ts';
import type { Matched } from '../matching.ts';
import type { WebhookMetrics } from './metrics.ts';
import type { Hook } from './source.ts';

export interface RelevanceParts {
  readonly served: Served;
  readonly authorizer: Authorizer;
  readonly metrics: WebhookMetrics;
}

/** Undefined when it is not asked. @throws StatusError when that cannot be told. */
export async function relevanceOf(
  hook: Hook,
  type: string,
  attributes: AdmissionAttributes,
  parts: RelevanceParts,
): Promise<Matched | undefined> {
  const { webhook } = hook;
  if (!matchesObject(webhook.objectSelector, attributes)) return undefined;
  const matched = matchRules(webhook.rules ?? [], webhook.matchPolicy, attributes, parts.served);
  if (matched === undefined) return undefined;
  if (!(await matchesNamespace(webhook.namespaceSelector, attributes))) return undefined;
  if (!webhook.matchConditions?.length) return matched;
  return (await meets(hook, type, attributes, matched, parts)) ? matched : undefined;
}

async function meets(
  hook: Hook,
  type: string,
  attributes: AdmissionAttributes,
  matched: Matched,
  { served, authorizer, metrics }: RelevanceParts,
): Promise<boolean> {
  const [{ compileConditions, meetsConditions }, { WriteView }] = await Promise.all([
    import('../match-conditions.ts'),
    import('../write-view.ts'),
  ]);
  const { webhook } = hook;
  const { operation, resource, name } = attributes;
  hook.conditions ??= compileConditions(webhook.matchConditions!);
  const view = new WriteView(attributes, served, authorizer);
  const outcome = await meetsConditions(
    hook.conditions,
    await view.activation({ matched, authorizer: true, namespaceObject: undefined }),
  );
  if (outcome === 'match') return true;
  if (outcome === 'no-match') {
    metrics.excluded(webhook.name, type, operation);
    return false;
  }
  metrics.conditionFailed(webhook.name, type, operation);
  if (webhook.failurePolicy === 'Ignore') return false;
  throw refused(resource.group, resource.resource, name, outcome.error);
}

/** Go's words name the object even when it has no name yet. */
function refused(group: string, resource: string, name: string, why: string): StatusError {
  const error = forbidden({ group, resource, name }, why);
  if (name !== '') return error;
  const plural = group === '' ? resource : `${resource}.${group}`;
  return new StatusError(403, 'Forbidden', `${plural} "" is forbidden: ${why}`, error.details);
}
