/** Brings about what InstallPlans say: installs, upgrades and removes extensions by Helm's rules, with the rights that their charts ask for. */
import { createClient, impersonating, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { ChartError, ReleaseError, RenderError } from '@orrery/helm/errors';
import type { Chart, Release, Releases } from '@orrery/helm/types';
import { parseDuration } from '@orrery/machinery/duration';
import { parseApiVersion, type KubeObject } from '@orrery/machinery/meta';
import { StatusError, isReason, orUndefined } from '@orrery/machinery/status';
import {
  annotations,
  groups,
  kinds,
  labels,
  platformResources,
  systemWorkspace,
  type ExtensionVersion,
  type InstallPlan,
  type InstallPlanStatus,
  type InstallState,
} from '@orrery/platform-kinds';
import { ensureFinalizer, removeFinalizer, watchOf, type ControllerOptions } from '@orrery/reconciler';
import { parseAllDocuments } from 'yaml';
import { heal } from '../access/heal.ts';
import type { Wanted } from '../access/materialise.ts';
import { textAt, fieldsAt } from '../config/document.ts';
import type { PlatformContext } from '../context.ts';
import { hexDigestOf } from '../extensions/bytes.ts';
import { chartOf } from './charts.ts';
import { releases } from './engine.ts';
import { checkPlan, finalizer, inputsOf, merged, needsRelease, statusIn, valuesOf } from './plan.ts';
import { askedBy, installerOf, rightsOf, usual } from './rights.ts';
import { samplesOf, untilAllowed } from './settled.ts';
import { versionName } from './versions.ts';

const resource = platformResources.installplans;
const timeoutDefaultMs = 10 * 60_000;
const againMs = 60_000;

export function installExtensions(context: PlatformContext): ControllerOptions {
  const { client, informers } = context;
  const plans = informers.of<InstallPlan>(resource);
  const versions = informers.of<ExtensionVersion>(platformResources.extensionversions);
  return {
    name: 'platform-install-plans',
    concurrency: 4,
    sources: [
      watchOf(plans),
      watchOf(versions, ({ after }) => {
        const name = after?.metadata.labels?.[labels.extension];
        return name !== undefined && plans.get(name) ? [name] : [];
      }),
    ],
    async reconcile(name) {
      const plan = await orUndefined(client.get<InstallPlan>(resource, name));
      if (!plan) return undefined;
      const work = await createWork(context, plan);
      return plan.metadata.deletionTimestamp === undefined ? bringAbout(context, work) : takeAway(work);
    },
  };
}

/** One plan, as it is told at each moment. */
interface Work {
  readonly name: string;
  readonly namespace: string;
  plan: InstallPlan;
  readonly version: () => Promise<ExtensionVersion | undefined>;
  readonly helm: Releases;
  /** As the extension's installer. */
  readonly installer: Client;
  readonly context: PlatformContext;
  tell(state: InstallState, message?: string, more?: InstallPlanStatus): Promise<void>;
}

async function createWork(context: PlatformContext, plan: InstallPlan): Promise<Work> {
  const { client, transport, clock, random } = context;
  const { name } = plan.spec.extension;
  const installer = createClient(impersonating(transport, installerOf(name)), { userAgent: 'orrery-installer' });
  const work: Work = {
    name,
    namespace: plan.status?.targetNamespace || `extension-${name}`,
    plan,
    version: () =>
      orUndefined(
        client.get<ExtensionVersion>(
          platformResources.extensionversions,
          versionName(name, plan.spec.extension.version),
        ),
      ),
    installer,
    helm: await releases(installer, clock, random),
    context,
    async tell(state, message, more = {}) {
      const status = { ...statusIn(work.plan.status, state, new Date(clock.now()).toISOString(), message), ...more };
      work.plan = await client.patch<InstallPlan>(resource, plan.metadata.name!, 'merge', { status });
    },
  };
  return work;
}

/** What a user can do something about; everything else is tried again. */
function wordsOf(error: unknown): string {
  const known = [StatusError, ChartError, ReleaseError, RenderError].some(kind => error instanceof kind);
  if (!known || isReason(error, 'Conflict')) throw error;
  return (error as Error).message;
}

async function bringAbout(context: PlatformContext, work: Work): Promise<{ requeueAfterMs: number } | undefined> {
  const { client } = context;
  const { status } = work.plan;
  work.plan = await ensureFinalizer({ client }, resource, work.plan, finalizer);
  const configHash = (await hexDigestOf(new TextEncoder().encode(inputsOf(work.plan)))).slice(0, 16);
  if (needsRelease(work.plan, configHash)) {
    const isNew = !status?.version || status.state === 'InstallFailed' || status.state === 'Installing';
    const ended = await change(context, work, configHash, isNew).catch(async (error: unknown) => {
      if (context.signal.aborted) throw error;
      const wanted = { configHash, version: isNew ? work.plan.spec.extension.version : (status?.version ?? '') };
      const message = wordsOf(error);
      await work.tell(isNew ? 'InstallFailed' : 'UpgradeFailed', message, { ...wanted, ...failedOf(work, isNew) });
      return undefined;
    });
    if (ended === 'later') return { requeueAfterMs: againMs };
  }
  const enabled = work.plan.spec.enabled !== false;
  if (work.plan.status?.state === 'Installed' && work.plan.status.enabled !== enabled)
    work.plan = await client.patch<InstallPlan>(resource, work.plan.metadata.name!, 'merge', { status: { enabled } });
  return undefined;
}

/** An upgrade that failed is not tried again until something else is wanted: what was wanted is what it is told for. */
const failedOf = ({ plan }: Work, isNew: boolean): InstallPlanStatus =>
  isNew ? {} : { version: plan.spec.extension.version };

async function change(
  context: PlatformContext,
  work: Work,
  configHash: string,
  isNew: boolean,
): Promise<'done' | 'later'> {
  checkPlan(work.plan);
  const version = await work.version();
  if (!version) {
    const { name, version: wanted } = work.plan.spec.extension;
    if (work.plan.status?.state !== 'InstallFailed' || isNew)
      await work.tell(isNew ? 'InstallFailed' : 'UpgradeFailed', `there is no version ${wanted} of "${name}"`, {});
    return 'later';
  }
  const namespace = work.plan.status?.targetNamespace || version.spec.namespace || `extension-${work.name}`;
  await work.tell('Preparing', `The extension ${work.name} is being prepared.`, { targetNamespace: namespace });
  const chart = await chartOf(context, version);
  await prepare(context, work, namespace, chart);
  await work.tell(isNew ? 'Installing' : 'Upgrading', '', { releaseName: work.name });
  const values = merged(valuesOf(work.plan), ownValues(context, chart));
  const release = await releaseOf(work, namespace, chart, values);
  await mark(context, work.name, release);
  const message = `The extension ${work.name} has been successfully ${isNew ? 'installed' : 'upgraded'}.`;
  await work.tell(isNew ? 'Installed' : 'Upgraded', message, {
    version: version.spec.version!,
    configHash,
    enabled: work.plan.spec.enabled !== false,
  });
  return 'done';
}

/** A release that was never finished, because the platform ended, is taken away first: nobody works on it. */
async function releaseOf(
  work: Work,
  namespace: string,
  chart: Chart,
  values: Record<string, unknown>,
): Promise<Release> {
  const { helm, name, context } = work;
  const options = {
    name,
    namespace,
    values,
    wait: true,
    timeout: timeoutMs(context),
    signal: context.signal,
  };
  const found = await helm.get(name, namespace);
  if (found && (found.status === 'pending-install' || (found.status === 'failed' && found.revision === 1)))
    await helm.uninstall(name, namespace, {});
  return helm.upgrade(chart, { ...options, install: true, resetValues: true });
}

function timeoutMs({ config }: PlatformContext): number {
  try {
    return parseDuration(textAt(config.section('helmExecutor'), 'timeout') ?? '');
  } catch {
    return timeoutDefaultMs;
  }
}

/** What KubeSphere tells charts of the place that they are in; agents of member clusters are not for here. */
function ownValues({ config, settings }: PlatformContext, { metadata }: Chart): Record<string, unknown> {
  const registry = textAt(config.section('extension'), 'imageRegistry');
  const ingress = fieldsAt(config.section('extension'), 'ingress');
  const agents = (metadata.dependencies ?? [])
    .filter(({ tags, condition }) => tags?.includes('agent') && condition)
    .flatMap(({ condition = '' }) => condition.split(','));
  const off = agents.reduce<Record<string, unknown>>((values, path) => merged(values, at(path.trim(), false)), {});
  return merged(off, {
    tags: { extension: true, agent: false },
    global: {
      clusterInfo: { name: 'host', role: 'host' },
      portal: { url: settings.issuer },
      ...(registry && { imageRegistry: registry }),
      ...(Object.keys(ingress).length > 0 && { extension: { ingress } }),
    },
  });
}

const at = (path: string, value: unknown): Record<string, unknown> => {
  const [first = '', ...rest] = path.split('.');
  return { [first]: rest.length === 0 ? value : at(rest.join('.'), value) };
};

async function namespaceOf(client: Client, namespace: string, extension: string): Promise<KubeObject> {
  const found = await orUndefined(client.get(resources.namespaces, namespace));
  if (found) return found;
  const marks = { [labels.workspace]: systemWorkspace, [labels.extension]: extension, [labels.managed]: 'true' };
  const metadata = { name: namespace, labels: marks };
  return client
    .create<KubeObject>(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata })
    .catch((error: unknown) => {
      if (!isReason(error, 'AlreadyExists')) throw error;
      return client.get<KubeObject>(resources.namespaces, namespace);
    });
}

/** Who is admin of a project takes tokens of all that runs in it: an extension with rights in the cluster would be his. */
function refuseTenant({ metadata }: KubeObject, namespace: string): void {
  const owner = metadata.labels?.[labels.workspace];
  if (owner === undefined || owner === systemWorkspace) return;
  const why = `the namespace "${namespace}" is a project of the workspace "${owner}", whose members would hold what the extension may do`;
  throw new StatusError(422, 'Invalid', why);
}

async function prepare(
  { client, clock, signal }: PlatformContext,
  { name, installer }: Work,
  namespace: string,
  chart: Chart,
): Promise<void> {
  refuseTenant(await namespaceOf(client, namespace, name), namespace);
  const asked = askedBy(chart);
  await healRights(client, rightsOf(name, namespace, asked));
  const wanted = [...samplesOf([usual, ...asked.namespace], namespace), ...samplesOf(asked.cluster)];
  await untilAllowed(installer, wanted, clock, signal);
}

async function healRights(client: PlatformContext['client'], wanted: readonly Wanted[]): Promise<void> {
  const existing: Wanted[] = [];
  for (const { resource, object } of wanted) {
    const { name = '', namespace } = object.metadata;
    const found = await orUndefined(client.get(resource, name, { ...(namespace && { namespace }) }));
    if (found) existing.push({ resource, object: found });
  }
  await heal(client, wanted, existing);
}

/** What the console and the platform take up knows its extension, also where the chart does not say so. */
async function mark({ client }: PlatformContext, name: string, { manifest }: Release): Promise<void> {
  const documents = parseAllDocuments(manifest);
  for (const document of Array.isArray(documents) ? documents : []) {
    const object = document.toJS() as KubeObject | null;
    if (!object?.metadata?.name || object.metadata.labels?.[labels.extension] === name) continue;
    const { group } = parseApiVersion(object.apiVersion ?? '');
    const facts = kinds.find(known => known.group === group && known.kind === object.kind);
    if (group !== groups.extensions || !facts) continue;
    const at = { group, version: facts.versions[0]!, resource: facts.plural };
    const labelled = { metadata: { labels: { [labels.extension]: name } } };
    await orUndefined(client.patch(at, object.metadata.name, 'merge', labelled));
  }
}

async function takeAway(work: Work): Promise<{ requeueAfterMs: number } | undefined> {
  const { plan, helm, name, namespace, context } = work;
  if (!plan.metadata.finalizers?.includes(finalizer)) return undefined;
  const isForced = plan.metadata.annotations?.[annotations.forceDelete] !== undefined;
  try {
    // Without a release there are no rights yet to look for one with.
    if (plan.status?.releaseName !== undefined && (await helm.get(name, namespace))) {
      await work.tell('Uninstalling');
      await helm.uninstall(name, namespace, { wait: true, timeout: timeoutMs(context), signal: context.signal });
    }
  } catch (error) {
    if (context.signal.aborted) throw error;
    const message = wordsOf(error);
    if (!isForced) {
      await work.tell('UninstallFailed', message);
      return { requeueAfterMs: againMs };
    }
  }
  for (const { resource, object } of rightsOf(name, namespace, { cluster: [], namespace: [] })) {
    const { name: right = '', namespace: inNamespace } = object.metadata;
    await orUndefined(context.client.delete(resource, right, { ...(inNamespace && { namespace: inNamespace }) }));
  }
  await work.tell('Uninstalled', `The extension ${name} has been successfully uninstalled.`);
  await removeFinalizer({ client: context.client }, resource, work.plan, finalizer);
  return undefined;
}
