/** The first revision of a release. */
import { resources } from '@orrery/client/resources';
import { isReason } from '@orrery/machinery/status';
import { ReleaseError } from '../errors.ts';
import type { Chart, InstallOptions, Release } from '../types.ts';
import {
  checkName,
  fail,
  marked,
  messageOf,
  patienceOf,
  timeText,
  type ActionContext,
  type Patience,
} from './context.ts';
import { changeAll, createAll, waitReady } from './deploy.ts';
import { discover, type Discovery } from './discovery.ts';
import { runHooks } from './hooks.ts';
import { adoptable, itemsOf, owned, type Item } from './objects.ts';
import { checkChart, installDefinitions, render, storedOf, type Revision } from './prepare.ts';
import { releaseOf, type StoredRelease } from './storage.ts';

async function createNamespace({ client }: ActionContext, name: string): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { name } } };
  await client.create(resources.namespaces, namespace).catch((error: unknown) => {
    if (!isReason(error, 'AlreadyExists')) throw error;
  });
}

/** The revision that a new release has; releases that were removed with their history kept leave their name to `replaces`. */
async function firstVersion(
  { storage }: ActionContext,
  { name, namespace }: InstallOptions,
  replaces: boolean,
): Promise<number> {
  const last = (await storage.history(name, namespace)).at(-1);
  if (!last) return 1;
  if (!replaces || !['uninstalled', 'failed'].includes(last.info.status))
    throw new ReleaseError('cannot re-use a name that is still in use');
  return last.version + 1;
}

interface Steps {
  readonly items: readonly Item[];
  readonly adopted: readonly Item[];
  readonly discovery: Discovery;
  readonly patience: Patience;
  readonly waits: boolean;
}

async function perform(
  context: ActionContext,
  release: StoredRelease,
  { items, adopted, discovery, patience, waits }: Steps,
): Promise<void> {
  const hooks = async (event: 'pre-install' | 'post-install'): Promise<void> => {
    await runHooks(context, discovery, release, event, patience).catch((error: unknown) => {
      throw new ReleaseError(`failed ${event}: ${messageOf(error)}`, undefined, error);
    });
  };
  await hooks('pre-install');
  if (adopted.length === 0) await createAll(context, items, patience.signal);
  else await changeAll(context, adopted, items, patience.signal);
  if (waits) await waitReady(context, items, patience);
  await hooks('post-install');
}

/** @param replaces takes the name of a release that was removed with its history kept */
export async function install(
  context: ActionContext,
  chart: Chart,
  options: InstallOptions,
  replaces = false,
): Promise<Release> {
  const { client, clock, storage } = context;
  const { name, namespace, values = {}, signal } = options;
  const patience = patienceOf(options);
  checkName(name);
  checkChart(chart);
  const version = await firstVersion(context, options, replaces);
  let discovery = await discover(client, signal);
  if (!options.skipCrds && !options.dryRun)
    discovery = await installDefinitions(context, chart, values, discovery, patience);
  const revision: Revision = { name, namespace, version, isUpgrade: false, values };
  const rendered = await render(context, chart, revision, discovery, options);
  const now = timeText(clock);
  const release = storedOf(chart, revision, rendered, now, now);
  if (options.dryRun) return releaseOf(marked(release, 'pending-install', 'Dry run complete'));
  const objects = rendered.manifests.map(({ object }) => object);
  const items = itemsOf(objects, namespace, discovery).map(item => owned(item, revision));
  const adopted = await adoptable(client, items, revision, 'install', signal);
  if (options.createNamespace) await createNamespace(context, namespace);
  await storage.create(release);
  try {
    await perform(context, release, { items, adopted, discovery, patience, waits: options.wait ?? false });
  } catch (error) {
    return fail(context, release, `Release ${JSON.stringify(name)} failed: ${messageOf(error)}`, error);
  }
  const done = marked(release, 'deployed', options.description ?? 'Install complete');
  await storage.update(done);
  return releaseOf(done);
}
