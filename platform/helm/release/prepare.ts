/** What installing and upgrading have in common: definitions, rendering, the release that is stored. */
import { checkDependencies } from '../chart/dependencies.ts';
import { ReleaseError } from '../errors.ts';
import { crdsFor, renderRelease } from '../render/render.ts';
import type { ActionOptions, Chart, ChartValues, Lookup, Rendered } from '../types.ts';
import { messageOf, type ActionContext, type Patience } from './context.ts';
import { ensureOne, waitReady } from './deploy.ts';
import type { Discovery } from './discovery.ts';
import { discover } from './discovery.ts';
import { itemsOf } from './objects.ts';
import { live } from './objects.ts';
import { storedChart, type StoredRelease } from './storage.ts';

/** Rejects before anything is asked of the cluster. @throws ChartError */
export function checkChart(chart: Chart): void {
  checkDependencies(chart);
}

/** Brings what is under crds/ and waits until it is served; what is there already stays as it is. */
export async function installDefinitions(
  context: ActionContext,
  chart: Chart,
  values: ChartValues,
  discovery: Discovery,
  patience: Patience,
): Promise<Discovery> {
  const crds = crdsFor(chart, values);
  if (crds.length === 0) return discovery;
  const items = itemsOf(
    crds.map(({ object }) => object),
    '',
    discovery,
  );
  for (const item of items) {
    await ensureOne(context, item, patience.signal).catch((error: unknown) => {
      throw new ReleaseError(`failed to install CRD ${item.name}: ${messageOf(error)}`, undefined, error);
    });
  }
  await waitReady(context, items, patience);
  return discover(context.client, patience.signal);
}

/** What `lookup` in templates finds, with the rights of the client. */
const lookupOf =
  ({ client }: ActionContext, discovery: Discovery): Lookup =>
  async (apiVersion, kind, namespace, name) => {
    const place = discovery.placeOf(apiVersion, kind);
    if (!place) return undefined;
    const own = place.isNamespaced ? namespace : '';
    if (name !== '') return live(client, { place, name, namespace: own, object: { metadata: {} } });
    return client.list(place, { ...(own !== '' && { namespace: own }) });
  };

export interface Revision {
  readonly name: string;
  readonly namespace: string;
  readonly version: number;
  readonly isUpgrade: boolean;
  readonly values: ChartValues;
}

/** The chart as objects of one revision. */
export const render = (
  context: ActionContext,
  chart: Chart,
  { name, namespace, version, isUpgrade, values }: Revision,
  discovery: Discovery,
  options: Partial<ActionOptions>,
): Promise<Rendered> =>
  renderRelease(chart, {
    name,
    namespace,
    revision: version,
    isUpgrade,
    values,
    capabilities: discovery.capabilities,
    lookup: lookupOf(context, discovery),
    now: context.clock.now(),
    random: context.random,
    pause: () => context.clock.sleep(0),
    ...(options.signal && { signal: options.signal }),
  });

/** The revision as it is stored while it is made. */
export const storedOf = (
  chart: Chart,
  { name, namespace, version, isUpgrade, values }: Revision,
  { manifest, hooks, notes }: Rendered,
  firstDeployed: string,
  now: string,
): StoredRelease => ({
  name,
  namespace,
  version,
  chart: storedChart(chart),
  config: values,
  manifest,
  hooks,
  info: {
    first_deployed: firstDeployed,
    last_deployed: now,
    deleted: '',
    description: isUpgrade ? 'Preparing upgrade' : 'Initial install underway',
    status: isUpgrade ? 'pending-upgrade' : 'pending-install',
    ...(notes !== '' && { notes }),
  },
});
