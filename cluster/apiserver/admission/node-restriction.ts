/** A kubelet changes its own Node, its own pods' status, and nothing that would draw work or Secrets to it. */
import type { KubeObject } from '@orrery/machinery/meta';
import { notFound } from '@orrery/machinery/status';
import { quote } from '@orrery/machinery/fieldpath';
import type { Pod } from '../authorization/pod-references.ts';
import { configMapNames, isMirror, mirrorAnnotation, secretNames } from '../authorization/pod-references.ts';
import { nodeOf } from '../authorization/node.ts';
import { same } from '../authorization/same.ts';
import type { AdmissionAttributes, AdmissionPlugin, Authorizer } from '../types.ts';
import { changedLabels, forbiddenLabels } from './node-labels.ts';
import { refuse, writtenName } from './refuse.ts';

interface Node extends KubeObject {
  spec?: { taints?: unknown; configSource?: unknown };
}

interface TokenRequest extends KubeObject {
  spec?: {
    audiences?: readonly string[] | null;
    boundObjectRef?: { apiVersion?: string; kind?: string; name?: string; uid?: string } | null;
  };
}

type Check = (node: string, attributes: AdmissionAttributes) => Promise<void> | void;

async function existingPod({ reads, namespace }: AdmissionAttributes, name: string): Promise<Pod> {
  const found = await reads.get({ group: '', resource: 'pods' }, namespace, name);
  if (!found) throw notFound({ group: '', resource: 'pods', name });
  return found as Pod;
}

async function checkOwner(node: string, attributes: AdmissionAttributes, pod: Pod): Promise<void> {
  const owners = pod.metadata.ownerReferences ?? [];
  const [owner] = owners;
  const which = `node ${quote(node)} can only create pods with`;
  if (owners.length > 1) throw refuse(attributes, `${which} a single owner reference set to itself`);
  if (!owner || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node)
    throw refuse(attributes, `${which} an owner reference set to itself`);
  if (!owner.controller) throw refuse(attributes, `${which} a controller owner reference set to itself`);
  if (owner.blockOwnerDeletion)
    throw refuse(attributes, `node ${quote(node)} must not set blockOwnerDeletion on an owner reference`);
  const found = await attributes.reads.get({ group: '', resource: 'nodes' }, '', node);
  if (!found) throw notFound({ group: '', resource: 'nodes', name: node });
  if (owner.uid !== found.metadata.uid)
    throw refuse(attributes, `node ${node} UID mismatch: expected ${owner.uid} got ${found.metadata.uid}`);
}

/** Only mirror pods of itself, which refer to nothing in the API. */
async function createPod(node: string, attributes: AdmissionAttributes): Promise<void> {
  const pod = attributes.object as Pod;
  const who = `node ${quote(node)}`;
  if (!isMirror(pod))
    throw refuse(
      attributes,
      `pod does not have ${quote(mirrorAnnotation)} annotation, ${who} can only create mirror pods`,
    );
  if (pod.spec.nodeName !== node)
    throw refuse(attributes, `${who} can only create pods with spec.nodeName set to itself`);
  await checkOwner(node, attributes, pod);
  if (pod.spec.serviceAccountName)
    throw refuse(attributes, `${who} can not create pods that reference a service account`);
  if (secretNames(pod.spec).length > 0) throw refuse(attributes, `${who} can not create pods that reference secrets`);
  if (configMapNames(pod.spec).length > 0)
    throw refuse(attributes, `${who} can not create pods that reference configmaps`);
  const volumes = pod.spec.volumes ?? [];
  if (volumes.some(volume => volume.projected?.sources?.some(source => source.clusterTrustBundle)))
    throw refuse(attributes, `${who} can not create pods that reference clustertrustbundles`);
  if (volumes.some(volume => volume.persistentVolumeClaim))
    throw refuse(attributes, `${who} can not create pods that reference persistentvolumeclaims`);
  if (pod.spec.resourceClaims?.length)
    throw refuse(attributes, `${who} can not create pods that reference resourceclaims`);
}

const pods: Check = async (node, attributes) => {
  const { operation, name } = attributes;
  if (operation === 'CREATE') return createPod(node, attributes);
  if (operation !== 'DELETE')
    throw refuse(
      attributes,
      `unexpected operation ${quote(operation)}, node ${quote(node)} can only create and delete mirror pods`,
    );
  // Without a name it is a deletecollection: every pod of it comes here by itself.
  if (!name) return;
  const pod = (attributes.oldObject as Pod | undefined) ?? (await existingPod(attributes, name));
  if (pod.spec.nodeName !== node)
    throw refuse(attributes, `node ${quote(node)} can only delete pods with spec.nodeName set to itself`);
};

const podStatus: Check = (node, attributes) => {
  if (attributes.operation !== 'UPDATE')
    throw refuse(attributes, `unexpected operation ${quote(attributes.operation)}`);
  const [pod, old] = [attributes.object as Pod, attributes.oldObject as Pod];
  if (old.spec.nodeName !== node)
    throw refuse(
      attributes,
      `node ${quote(node)} can only update pod status for pods with spec.nodeName set to itself`,
    );
  if (changedLabels(pod.metadata.labels, old.metadata.labels).length > 0)
    throw refuse(attributes, `node ${quote(node)} cannot update labels through pod status`);
  if (!same(pod.status?.resourceClaimStatuses, old.status?.resourceClaimStatuses))
    throw refuse(attributes, `node ${quote(node)} cannot update resource claim statues`);
};

const podEviction: Check = async (node, attributes) => {
  if (attributes.operation !== 'CREATE') throw refuse(attributes, `unexpected operation ${attributes.operation}`);
  const name = attributes.name || attributes.object?.metadata.name;
  if (!name) throw refuse(attributes, 'could not determine pod from request data');
  const pod = await existingPod(attributes, name);
  if (pod.spec.nodeName !== node)
    throw refuse(attributes, `node ${node} can only evict pods with spec.nodeName set to itself`);
};

const podParts: Check = (node, attributes) => {
  const { subresource } = attributes;
  if (subresource === '') return pods(node, attributes);
  if (subresource === 'status') return podStatus(node, attributes);
  if (subresource === 'eviction') return podEviction(node, attributes);
  throw refuse(
    attributes,
    `unexpected pod subresource ${quote(subresource)}, only 'status' and 'eviction' are allowed`,
  );
};

const nodes: Check = (node, attributes) => {
  const name = writtenName(attributes);
  const who = `node ${quote(node)}`;
  if (name !== node) throw refuse(attributes, `${who} is not allowed to modify node ${quote(name)}`);
  const [wanted, old] = [attributes.object as Node, attributes.oldObject as Node | undefined];
  if (attributes.operation === 'CREATE') {
    if (wanted.spec?.configSource)
      throw refuse(attributes, `${who} is not allowed to create pods with a non-nil configSource`);
    const labels = forbiddenLabels(changedLabels(wanted.metadata.labels));
    if (labels.length > 0)
      throw refuse(attributes, `${who} is not allowed to set the following labels: ${labels.join(', ')}`);
  }
  if (attributes.operation !== 'UPDATE') return;
  if (wanted.spec?.configSource && !same(wanted.spec.configSource, old?.spec?.configSource))
    throw refuse(attributes, `${who} is not allowed to update configSource to a new non-nil configSource`);
  if (!same(wanted.spec?.taints, old?.spec?.taints) && !(isEmpty(wanted.spec?.taints) && isEmpty(old?.spec?.taints)))
    throw refuse(attributes, `${who} is not allowed to modify taints`);
  const labels = forbiddenLabels(changedLabels(wanted.metadata.labels, old?.metadata.labels));
  if (labels.length > 0) throw refuse(attributes, `is not allowed to modify labels: ${labels.join(', ')}`);
  // A node that owned itself away could come back with other labels and taints.
  if (!same(wanted.metadata.ownerReferences ?? [], old?.metadata.ownerReferences ?? []))
    throw refuse(attributes, `${who} is not allowed to modify ownerReferences`);
};

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

const claims: Check = (node, attributes) => {
  if (attributes.subresource !== 'status') throw refuse(attributes, 'may only update PVC status');
  if (attributes.operation !== 'UPDATE')
    throw refuse(attributes, `unexpected operation ${quote(attributes.operation)}`);
  const fixed = (claim: KubeObject | undefined): unknown => {
    const { metadata, status, ...rest } = claim as KubeObject & { status?: Record<string, unknown> };
    const { resourceVersion: _r, managedFields: _m, ...kept } = metadata;
    const {
      capacity: _c,
      conditions: _o,
      allocatedResourceStatuses: _s,
      allocatedResources: _a,
      ...more
    } = status ?? {};
    return [kept, more, rest];
  };
  if (!same(fixed(attributes.object), fixed(attributes.oldObject)))
    throw refuse(
      attributes,
      `node ${quote(node)} is not allowed to update fields other than status.capacity and status.conditions`,
    );
};

/** Leases and CSINodes: the one with the node's own name. */
const ownName =
  (what: string): Check =>
  (node, attributes) => {
    if (writtenName(attributes) !== node)
      throw refuse(attributes, `can only access ${what} with the same name as the requesting node`);
  };

const leases: Check = (node, attributes) => {
  if (attributes.namespace !== 'kube-node-lease')
    throw refuse(attributes, 'can only access leases in the "kube-node-lease" system namespace');
  return ownName('node lease')(node, attributes);
};

const slices: Check = (node, attributes) => {
  if (attributes.operation !== 'CREATE') return;
  const named = (attributes.object as KubeObject & { spec?: { nodeName?: string } }).spec?.nodeName;
  if (named !== node)
    throw refuse(attributes, 'can only create ResourceSlice with the same NodeName as the requesting node');
};

/** The audiences that a pod on the node asks for itself. */
const podAudiences = (pod: Pod): (string | undefined)[] =>
  (pod.spec.volumes ?? []).flatMap(volume =>
    (volume.projected?.sources ?? []).flatMap(source =>
      source.serviceAccountToken ? [source.serviceAccountToken.audience ?? ''] : [],
    ),
  );

async function driverAudiences({ reads }: AdmissionAttributes, pod: Pod): Promise<string[]> {
  const drivers = (pod.spec.volumes ?? []).flatMap(volume => volume.csi?.driver ?? []);
  const found = await Promise.all(
    drivers.map(driver => reads.get({ group: 'storage.k8s.io', resource: 'csidrivers' }, '', driver)),
  );
  return found.flatMap(driver =>
    ((driver as KubeObject & { spec?: { tokenRequests?: { audience?: string }[] } })?.spec?.tokenRequests ?? []).map(
      request => request.audience ?? '',
    ),
  );
}

/** A node asks for tokens of pods that run on it, for the audiences that these pods need. */
const tokens =
  (authorizer: Authorizer): Check =>
  async (node, attributes) => {
    if (attributes.operation !== 'CREATE' || attributes.subresource !== 'token') return;
    const { audiences, boundObjectRef: ref } = (attributes.object as TokenRequest).spec ?? {};
    if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name)
      throw refuse(attributes, 'node requested token not bound to a pod');
    if (!ref.uid) throw refuse(attributes, 'node requested token with a pod binding without a uid');
    const pod = await existingPod(attributes, ref.name);
    if (ref.uid !== pod.metadata.uid)
      throw refuse(
        attributes,
        `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    if (pod.spec.nodeName !== node)
      throw refuse(attributes, 'node requested token bound to a pod scheduled on a different node');
    // Clients that leave them out send null, as Go does.
    const [audience = '', ...more] = audiences ?? [];
    if (more.length > 0) throw refuse(attributes, 'node may only request 0 or 1 audiences');
    if (podAudiences(pod).includes(audience) || (await driverAudiences(attributes, pod)).includes(audience)) return;
    const verb = 'request-serviceaccounts-token-audience';
    const { namespace, name } = attributes;
    const about = { apiGroup: '', apiVersion: 'v1', resource: audience, subresource: '', namespace, name };
    const asked = { verb, isResourceRequest: true, path: '', ...about };
    if ((await authorizer(attributes.user, asked)).decision === 'allow') return;
    throw refuse(
      attributes,
      `audience ${quote(audience)} not found in pod spec volume, ${attributes.user.name} is not authorized to request tokens for this audience`,
    );
  };

export interface NodeRestrictionOptions {
  /** Asked whether a node may request an audience that no pod of it names. */
  readonly authorizer: Authorizer;
}

export function nodeRestriction({ authorizer }: NodeRestrictionOptions): AdmissionPlugin {
  const checks: Readonly<Record<string, Check>> = {
    '/pods': podParts,
    '/nodes': nodes,
    '/persistentvolumeclaims': claims,
    '/serviceaccounts': tokens(authorizer),
    'coordination.k8s.io/leases': leases,
    'storage.k8s.io/csinodes': ownName('CSINode'),
    'resource.k8s.io/resourceslices': slices,
  };
  return {
    name: 'NodeRestriction',
    handles: (operation, { group, resource }) => operation !== 'CONNECT' && `${group}/${resource}` in checks,
    async admit(attributes) {
      const node = nodeOf(attributes.user);
      if (node === undefined) return;
      if (node === '') throw refuse(attributes, `could not determine node from user ${quote(attributes.user.name)}`);
      await checks[`${attributes.resource.group}/${attributes.resource.resource}`]!(node, attributes);
    },
  };
}
