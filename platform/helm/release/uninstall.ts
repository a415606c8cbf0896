/** The end of a release. */
import { ReleaseError } from '../errors.ts';
import { manifestsOf } from '../render/manifests.ts';
import { uninstallOrder } from '../render/order.data.ts';
import type { Release, UninstallOptions } from '../types.ts';
import { isReleaseName, marked, messageOf, patienceOf, timeText, type ActionContext } from './context.ts';
import { removeOne, resourcePolicy, waitGone } from './deploy.ts';
import { discover } from './discovery.ts';
import { runHooks } from './hooks.ts';
import { servedItemsOf, type Item } from './objects.ts';
import { releaseOf, type StoredRelease } from './storage.ts';

const places = new Map(uninstallOrder.map((kind, at) => [kind, at]));
const placeOf = ({ place }: Item): number => places.get(place.kind) ?? places.size;

/** Objects that stay although their release goes. */
const isKept = ({ object }: Item): boolean =>
  object.metadata.annotations?.[resourcePolicy]?.trim().toLowerCase() === 'keep';

async function purge({ storage }: ActionContext, history: readonly StoredRelease[]): Promise<void> {
  for (const release of history) await storage.remove(release);
}

/** What could not be removed, as one sentence each. */
async function removeAll({ client }: ActionContext, items: readonly Item[]): Promise<string[]> {
  const problems: string[] = [];
  for (const item of items) {
    await removeOne(client, item).catch((error: unknown) => void problems.push(messageOf(error)));
  }
  return problems;
}

export async function uninstall(
  context: ActionContext,
  name: string,
  namespace: string,
  options: UninstallOptions,
): Promise<Release> {
  const { client, clock, storage } = context;
  if (!isReleaseName(name)) throw new ReleaseError(`uninstall: Release name is invalid: ${name}`);
  const history = await storage.history(name, namespace);
  const last = history.at(-1);
  if (!last) throw new ReleaseError(`uninstall: Release not loaded: ${name}: release: not found`);
  if (options.dryRun) return releaseOf(last);
  if (last.info.status === 'uninstalled') {
    if (options.keepHistory) throw new ReleaseError(`the release named ${JSON.stringify(name)} is already deleted`);
    await purge(context, history);
    return releaseOf(last);
  }
  const patience = patienceOf(options);
  const discovery = await discover(client, options.signal);
  const leaving = marked(
    { ...last, info: { ...last.info, deleted: timeText(clock) } },
    'uninstalling',
    'Deletion in progress (or silently failed)',
  );
  await storage.update(leaving);
  await runHooks(context, discovery, leaving, 'pre-delete', patience);
  const objects = manifestsOf(leaving.manifest ?? '').map(({ object }) => object);
  const items = servedItemsOf(objects, namespace, discovery)
    .filter(item => !isKept(item))
    .toSorted((a, b) => placeOf(a) - placeOf(b));
  const problems = await removeAll(context, items);
  if (problems.length > 0)
    throw new ReleaseError(`failed to delete release: ${name}: ${problems.join('; ')}`, releaseOf(leaving));
  if (options.wait) await waitGone(context, items, patience);
  await runHooks(context, discovery, leaving, 'post-delete', patience);
  const done = marked(leaving, 'uninstalled', options.description ?? 'Uninstallation complete');
  if (!options.keepHistory) {
    await purge(context, history);
    return releaseOf(done);
  }
  await storage.update(done);
  for (const old of history) {
    if (old.version !== done.version && old.info.status === 'deployed') await storage.update(marked(old, 'superseded'));
  }
  return releaseOf(done);
}
