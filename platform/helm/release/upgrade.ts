/** Another revision of a release: of a chart, or of what it was before. */
import { valueOf, plainOf, type ValueMap } from '../template/values.ts';
import { coalesce, copied, mergeTables } from '../chart/coalesce.ts';
import { ReleaseError } from '../errors.ts';
import { manifestsOf } from '../render/manifests.ts';
import type { ActionOptions, Chart, ChartValues, HookEvent, Release, UpgradeOptions } from '../types.ts';
import { checkName, fail, marked, messageOf, patienceOf, timeText, type ActionContext } from './context.ts';
import { changeAll, waitReady } from './deploy.ts';
import { discover, type Discovery } from './discovery.ts';
import { runHooks } from './hooks.ts';
import { install } from './install.ts';
import { adoptable, itemsOf, keyOf, owned, servedItemsOf, type Item } from './objects.ts';
import { checkChart, render, storedOf, type Revision } from './prepare.ts';
import { releaseOf, type StoredRelease } from './storage.ts';

/** Revisions that are kept of a release. */
const historyMax = 10;

const pending = new Set(['pending-install', 'pending-upgrade', 'pending-rollback']);

const busy = (): ReleaseError => new ReleaseError('another operation (install/upgrade/rollback) is in progress');

/** The revision that is in force: the last that was deployed, or one that failed when none ever was. */
function currentOf(history: readonly StoredRelease[], name: string): StoredRelease {
  const last = history.at(-1)!;
  const deployed = history.findLast(({ info }) => info.status === 'deployed');
  if (deployed) return deployed;
  if (last.info.status === 'failed' || last.info.status === 'superseded') return last;
  throw new ReleaseError(`${JSON.stringify(name)} has no deployed releases`);
}

const map = (values: ChartValues | undefined): ValueMap => valueOf(values ?? {}) as ValueMap;
const plain = (values: ValueMap): ChartValues => ({ ...(plainOf(values, () => {}) as ChartValues) });

/** The chart and the values of a new revision, by what is to be taken over of the one before. */
function valuesFor(
  chart: Chart,
  current: StoredRelease,
  { values = {}, reuseValues, resetValues }: UpgradeOptions,
): { chart: Chart; values: ChartValues } {
  if (resetValues) return { chart, values };
  if (reuseValues) {
    const before = coalesce(
      { name: current.chart.metadata.name, values: map(current.chart.values), dependencies: [] },
      map(current.config),
    );
    return {
      chart: { ...chart, values: plain(before) },
      values: plain(mergeTables(map(values), copied(map(current.config)), false)),
    };
  }
  return { chart, values: Object.keys(values).length === 0 ? (current.config ?? {}) : values };
}

interface Change {
  /** The revision in force, whose objects are changed. */
  readonly current: StoredRelease;
  readonly release: StoredRelease;
  readonly before: readonly Item[];
  readonly after: readonly Item[];
  readonly discovery: Discovery;
  readonly events: readonly [before: HookEvent, after: HookEvent];
  /** Begins the sentence of a failure. */
  readonly verb: 'Upgrade' | 'Rollback';
}

/** Changes the objects; at the end the new revision is in force and those before it are not. */
async function perform(
  context: ActionContext,
  { current, release, before, after, discovery, events, verb }: Change,
  options: Partial<ActionOptions>,
): Promise<StoredRelease> {
  const { storage } = context;
  const patience = patienceOf(options);
  const hooks = (event: HookEvent): Promise<void> =>
    runHooks(context, discovery, release, event, patience).catch((error: unknown) => {
      throw new ReleaseError(`${event} hooks failed: ${messageOf(error)}`, undefined, error);
    });
  try {
    await hooks(events[0]);
    await changeAll(context, before, after, options.signal);
    if (options.wait) await waitReady(context, after, patience);
    await hooks(events[1]);
  } catch (error) {
    return fail(context, release, `${verb} ${JSON.stringify(release.name)} failed: ${messageOf(error)}`, error);
  }
  for (const old of await storage.history(release.name, release.namespace)) {
    const isOver =
      old.version !== release.version && (old.info.status === 'deployed' || old.version === current.version);
    if (isOver) await storage.update(marked(old, 'superseded'));
  }
  const description = options.description ?? (verb === 'Upgrade' ? 'Upgrade complete' : release.info.description);
  const done = marked(release, 'deployed', description);
  await storage.update(done);
  await forget(context, done);
  return done;
}

/** Old revisions go, but never the one in force. */
async function forget({ storage }: ActionContext, { name, namespace, version }: StoredRelease): Promise<void> {
  const history = await storage.history(name, namespace);
  for (const old of history.slice(0, Math.max(0, history.length - historyMax))) {
    if (old.version !== version && old.info.status !== 'deployed') await storage.remove(old);
  }
}

export async function upgrade(context: ActionContext, chart: Chart, options: UpgradeOptions): Promise<Release> {
  const { client, clock, storage } = context;
  const { name, namespace, signal } = options;
  checkName(name);
  checkChart(chart);
  const history = await storage.history(name, namespace);
  const last = history.at(-1);
  if (!last || last.info.status === 'uninstalled') {
    if (options.install) return install(context, chart, options, true);
    throw new ReleaseError(`${JSON.stringify(name)} has no deployed releases`);
  }
  if (pending.has(last.info.status)) throw busy();
  const current = currentOf(history, name);
  const taken = valuesFor(chart, current, options);
  const revision: Revision = { name, namespace, version: last.version + 1, isUpgrade: true, values: taken.values };
  const discovery = await discover(client, signal);
  const rendered = await render(context, taken.chart, revision, discovery, options);
  const release = storedOf(taken.chart, revision, rendered, current.info.first_deployed, timeText(clock));
  if (options.dryRun) return releaseOf(marked(release, 'pending-upgrade', 'Dry run complete'));
  const before = servedItemsOf(
    manifestsOf(current.manifest ?? '').map(({ object }) => object),
    namespace,
    discovery,
  );
  const after = itemsOf(
    rendered.manifests.map(({ object }) => object),
    namespace,
    discovery,
  ).map(item => owned(item, revision));
  const known = new Set(before.map(keyOf));
  const adopted = await adoptable(
    client,
    after.filter(item => !known.has(keyOf(item))),
    revision,
    'update',
    signal,
  );
  await storage.create(release);
  const change: Change = {
    current,
    release,
    before: [...before, ...adopted],
    after,
    discovery,
    events: ['pre-upgrade', 'post-upgrade'],
    verb: 'Upgrade',
  };
  return releaseOf(await perform(context, change, options));
}

/** @param target the revision whose objects come back; 0 means the one before */
export async function rollback(
  context: ActionContext,
  name: string,
  namespace: string,
  target: number,
  options: Partial<ActionOptions>,
): Promise<Release> {
  const { client, clock, storage } = context;
  checkName(name);
  if (!Number.isInteger(target) || target < 0) throw new ReleaseError('invalid release revision number');
  const history = await storage.history(name, namespace);
  const last = history.at(-1);
  if (!last) throw new ReleaseError('release: not found');
  if (pending.has(last.info.status)) throw busy();
  const wanted = target === 0 ? last.version - 1 : target;
  const found = history.find(({ version }) => version === wanted);
  if (!found) throw new ReleaseError(`release has no ${wanted} version`);
  const release: StoredRelease = {
    ...found,
    namespace,
    version: last.version + 1,
    info: {
      first_deployed: last.info.first_deployed,
      last_deployed: timeText(clock),
      deleted: '',
      description: `Rollback to ${wanted}`,
      status: 'pending-rollback',
      ...(found.info.notes && { notes: found.info.notes }),
    },
  };
  if (options.dryRun) return releaseOf(release);
  const discovery = await discover(client, options.signal);
  const objects = (manifest: string | undefined) => manifestsOf(manifest ?? '').map(({ object }) => object);
  const before = servedItemsOf(objects(last.manifest), namespace, discovery);
  const after = itemsOf(objects(found.manifest), namespace, discovery).map(item => owned(item, release));
  await storage.create(release);
  const change: Change = {
    current: last,
    release,
    before,
    after,
    discovery,
    events: ['pre-rollback', 'post-rollback'],
    verb: 'Rollback',
  };
  return releaseOf(await perform(context, change, options));
}
