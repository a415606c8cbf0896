/** Hooks of a release: created by weight, waited for, removed by their policies. */
import { ReleaseError } from '../errors.ts';
import { objectOf, splitDocuments } from '../render/manifests.ts';
import { compareTexts } from '../template/values.ts';
import type { Hook, HookDeletePolicy, HookEvent } from '../types.ts';
import { messageOf, timeText, until, type ActionContext, type Patience } from './context.ts';
import { createAll, removeOne, waitGone } from './deploy.ts';
import type { Discovery } from './discovery.ts';
import { itemsOf, live, type Item } from './objects.ts';
import { hookOutcome } from './ready.ts';
import type { StoredRelease } from './storage.ts';

const objectsOf = ({ manifest, path }: Hook) =>
  splitDocuments(manifest).flatMap(content => objectOf(content, path) ?? []);

/** Definitions are never removed by a policy: all their objects would go with them. */
const isRemoved = (hook: Hook, policy: HookDeletePolicy): boolean =>
  hook.kind !== 'CustomResourceDefinition' && policiesOf(hook).includes(policy);

const policiesOf = ({ delete_policies: policies }: Hook): readonly HookDeletePolicy[] =>
  policies?.length ? policies : ['before-hook-creation'];

interface Runner {
  readonly context: ActionContext;
  readonly discovery: Discovery;
  readonly patience: Patience;
  readonly namespace: string;
}

async function remove(
  { context, discovery, patience, namespace }: Runner,
  hook: Hook,
  policy: HookDeletePolicy,
): Promise<void> {
  if (!isRemoved(hook, policy)) return;
  const items = itemsOf(objectsOf(hook), namespace, discovery);
  for (const item of items) await removeOne(context.client, item);
  await waitGone(context, items, patience);
}

async function finished({ context, patience }: Runner, item: Item): Promise<void> {
  const outcome = await until(context, patience, async () => {
    const current = await live(context.client, item, patience.signal);
    return current && hookOutcome(item.place.group, current);
  });
  if (outcome !== true) throw new ReleaseError(outcome);
}

/** Runs one hook; what it was is written into its `last_run`. */
async function run(runner: Runner, hook: Hook, event: HookEvent): Promise<void> {
  const { context, discovery, patience, namespace } = runner;
  await remove(runner, hook, 'before-hook-creation');
  const items = itemsOf(objectsOf(hook), namespace, discovery);
  hook.last_run = { started_at: timeText(context.clock), completed_at: '', phase: 'Running' };
  const end = (phase: 'Failed' | 'Succeeded'): void => {
    hook.last_run = { ...hook.last_run, completed_at: timeText(context.clock), phase };
  };
  try {
    await createAll(context, items, patience.signal);
  } catch (error) {
    end('Failed');
    throw new ReleaseError(`warning: Hook ${event} ${hook.path} failed: ${messageOf(error)}`, undefined, error);
  }
  try {
    for (const item of items) await finished(runner, item);
    end('Succeeded');
  } catch (error) {
    end('Failed');
    throw error;
  }
}

/**
 * Runs the hooks of an event, lightest first. Those of the release are changed in place: what they did is stored with it.
 * @throws ReleaseError when one fails
 */
export async function runHooks(
  context: ActionContext,
  discovery: Discovery,
  release: StoredRelease,
  event: HookEvent,
  patience: Patience,
): Promise<void> {
  const hooks = (release.hooks ?? [])
    .filter(({ events }) => events.includes(event))
    .toSorted((a, b) => (a.weight ?? 0) - (b.weight ?? 0) || compareTexts(a.name, b.name));
  const runner: Runner = { context, discovery, patience, namespace: release.namespace };
  for (const [at, hook] of hooks.entries()) {
    try {
      await run(runner, hook, event);
    } catch (error) {
      // The reason matters more than what cannot be cleaned up behind it.
      await remove(runner, hook, 'hook-failed').catch(() => {});
      for (const done of hooks.slice(0, at)) await remove(runner, done, 'hook-succeeded').catch(() => {});
      throw error;
    }
  }
  for (const hook of hooks.toReversed()) await remove(runner, hook, 'hook-succeeded');
}
