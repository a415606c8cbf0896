/** Clusters that somebody brings: looked at before they are taken in, and let go of without their work. */
import { retryOnConflict } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { validateDns1123Label } from '@orrery/machinery/names';
import { StatusError, forbidden, notFound } from '@orrery/machinery/status';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Cluster, NewCluster } from '@orrery/platform-contract/features';
import { groups, labels, platformResources } from '@orrery/platform-kinds';
import { hostCluster } from '../chain/target.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import {
  encodedKubeconfig,
  invalidKubeconfig,
  readKubeconfig,
  smallestKubeconfig,
  type MemberAccess,
} from './member/kubeconfig.ts';
import type { KeptCluster } from './member/members.ts';
import { isSeen, look, unfit, type Seen } from './member/probe.ts';
import { createWire } from './member/wire.ts';
import { keptClusters } from './objects.ts';

const resource = platformResources.clusters;
/** KubeSphere's: nothing of the platform's stays behind in a cluster that is let go of. */
export const finalizer = 'finalizer.cluster.kubesphere.io';

const invalid = (field: string, why: string): StatusError =>
  new StatusError(422, 'Invalid', `the cluster is not taken: ${field}: ${why}`, { causes: [{ field, message: why }] });

interface Looked {
  readonly access: MemberAccess;
  readonly seen: Seen;
}

/** Rejects with 422 when there is no cluster that lets the platform in, in words that tell nothing of what is there instead. */
async function lookedAt(context: PlatformContext, kubeconfig: string): Promise<Looked> {
  const access = readKubeconfig(kubeconfig);
  const { egress, clock } = context;
  const wire = createWire({ name: 'new', access, egress, clock, failed: () => {} });
  try {
    const seen = await look(wire, clock);
    if (!isSeen(seen)) throw invalidKubeconfig(seen.message);
    const why = await unfit(wire).catch(() => ({ message: 'the server gave no usable answer' }));
    if (why) throw invalidKubeconfig(why.message);
    return { access, seen };
  } finally {
    wire.close();
  }
}

async function uidOfHost({ client }: PlatformContext): Promise<string> {
  return (await client.get<KubeObject>(resources.namespaces, 'kube-system')).metadata.uid ?? '';
}

/** One cluster is one cluster, whatever it is called. */
async function refuseKnown(context: PlatformContext, { uid }: Seen): Promise<void> {
  if (uid === (await uidOfHost(context)))
    throw new StatusError(409, 'Conflict', 'this is the cluster that the platform runs on');
  const known = (await keptClusters(context)).find(({ status }) => (status as KeptCluster['status'])?.uid === uid);
  if (known) throw new StatusError(409, 'Conflict', `this cluster is imported already, as "${known.metadata.name}"`);
}

function kubeconfigIn({ spec }: NewCluster): string {
  const { type = 'direct', kubeconfig } = spec?.connection ?? {};
  if (type !== 'direct' && type !== '')
    throw invalid('spec.connection.type', 'this platform connects clusters directly, not by an agent');
  if (typeof kubeconfig !== 'string' || kubeconfig === '') throw invalid('spec.connection.kubeconfig', 'it is missing');
  return kubeconfig;
}

/** What the cluster would look like. */
export async function validateCluster(context: PlatformContext, given: NewCluster): Promise<Cluster> {
  const { access, seen } = await lookedAt(context, kubeconfigIn(given));
  await refuseKnown(context, seen);
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: { name: given.metadata?.name ?? '' },
    spec: {
      ...(given.spec?.provider && { provider: given.spec.provider }),
      connection: { type: 'direct', kubernetesAPIEndpoint: access.server },
    },
    status: {
      kubernetesVersion: seen.version,
      kubeSphereVersion: context.settings.version,
      nodeCount: 0,
      uid: seen.uid,
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

export async function createCluster(context: PlatformContext, caller: Caller, given: NewCluster): Promise<KubeObject> {
  const name = given.metadata?.name ?? '';
  const [problem] = validateDns1123Label(name);
  if (problem) throw invalid('metadata.name', problem);
  if (name === hostCluster) throw invalid('metadata.name', 'this is the name of the cluster that the platform runs on');
  const kubeconfig = kubeconfigIn(given);
  const { access, seen } = await lookedAt(context, kubeconfig);
  await refuseKnown(context, seen);
  const { [labels.hostCluster]: _host, ...marks } = given.metadata.labels ?? {};
  const created = await context.serviceOf(caller).create<KubeObject>(resource, {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: { name, labels: marks, annotations: given.metadata.annotations, finalizers: [finalizer] },
    spec: {
      ...(given.spec?.provider && { provider: given.spec.provider }),
      connection: connectionOf(access, kubeconfig),
    },
  } as KubeObject);
  return created;
}

const connectionOf = ({ server }: MemberAccess, kubeconfig: string) => ({
  type: 'direct',
  kubernetesAPIEndpoint: server,
  kubeconfig: encodedKubeconfig(smallestKubeconfig(kubeconfig)),
});

/** For the same cluster: what is known of one is not told of another. */
export async function updateKubeconfig(
  context: PlatformContext,
  caller: Caller,
  name: string,
  kubeconfig: string,
): Promise<void> {
  refuseHost(name);
  const service = context.serviceOf(caller);
  const kept = await keptCluster(context, caller, name);
  const { access, seen } = await lookedAt(context, kubeconfig);
  if (kept.status?.uid && kept.status.uid !== seen.uid)
    throw invalidKubeconfig('it leads to another cluster than this one');
  if (!kept.status?.uid) await refuseKnown(context, seen);
  await retryOnConflict(context, async () => {
    const before = await service.get<KeptCluster>(resource, name);
    const connection = { ...before.spec?.connection, ...connectionOf(access, kubeconfig) };
    await service.update<KeptCluster>(resource, { ...before, spec: { ...before.spec, connection } });
  });
}

export async function removeCluster(context: PlatformContext, caller: Caller, name: string): Promise<void> {
  refuseHost(name);
  await keptCluster(context, caller, name);
  await context.serviceOf(caller).delete(resource, name);
}

function refuseHost(name: string): void {
  if (name === hostCluster)
    throw forbidden({ group: groups.cluster, resource: 'clusters', name }, 'the platform itself runs on it');
}

async function keptCluster(context: PlatformContext, caller: Caller, name: string): Promise<KeptCluster> {
  try {
    return await context.serviceOf(caller).get<KeptCluster>(resource, name);
  } catch (error) {
    if (error instanceof StatusError && error.code === 404)
      throw notFound({ group: groups.cluster, resource: 'clusters', name });
    throw error;
  }
}
