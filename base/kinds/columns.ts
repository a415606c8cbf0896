/** The Table of a kind: its columns and the cells of an object, as upstream's printers make them. */
import type { KubeObject } from '@orrery/machinery/meta';
import { columnTexts } from './columns/columns.data.ts';
import * as control from './columns/control.ts';
import * as core from './columns/core.ts';
import { columnDescriptions, commonDescriptions } from './columns/descriptions.data.ts';
import type { Cell, Cells } from './columns/format.ts';
import * as network from './columns/network.ts';
import { podCells } from './columns/pod.ts';
import * as workloads from './columns/workloads.ts';

export type { Cell } from './columns/format.ts';

/** A column of a Table (`metav1.TableColumnDefinition`). */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, 1 in wide output. */
  readonly priority: number;
}

/** What is asked for: a group and plural name, as in a {@link KindInfo}. */
export interface TableOf {
  readonly group: string;
  readonly plural: string;
}

const of = <T extends KubeObject>(cells: Cells<T>): Cells<KubeObject> => cells as unknown as Cells<KubeObject>;

const cells: Readonly<Record<string, Cells<KubeObject>>> = {
  pods: of(podCells),
  podtemplates: of(core.podTemplateCells),
  replicationcontrollers: of(core.replicationControllerCells),
  services: of(core.serviceCells),
  endpoints: of(core.endpointsCells),
  nodes: of(core.nodeCells),
  events: of(core.eventCells),
  namespaces: of(core.namespaceCells),
  secrets: of(core.secretCells),
  configmaps: of(core.configMapCells),
  serviceaccounts: of(core.serviceAccountCells),
  persistentvolumes: of(core.persistentVolumeCells),
  persistentvolumeclaims: of(core.persistentVolumeClaimCells),
  componentstatuses: of(core.componentStatusCells),
  resourcequotas: of(core.resourceQuotaCells),
  'deployments.apps': of(workloads.deploymentCells),
  'replicasets.apps': of(workloads.replicaSetCells),
  'statefulsets.apps': of(workloads.statefulSetCells),
  'daemonsets.apps': of(workloads.daemonSetCells),
  'controllerrevisions.apps': of(workloads.controllerRevisionCells),
  'jobs.batch': of(workloads.jobCells),
  'cronjobs.batch': of(workloads.cronJobCells),
  'horizontalpodautoscalers.autoscaling': of(workloads.autoscalerCells),
  'poddisruptionbudgets.policy': of(workloads.disruptionBudgetCells),
  'ingresses.networking.k8s.io': of(network.ingressCells),
  'ingressclasses.networking.k8s.io': of(network.ingressClassCells),
  'networkpolicies.networking.k8s.io': of(network.networkPolicyCells),
  'ipaddresses.networking.k8s.io': of(network.ipAddressCells),
  'servicecidrs.networking.k8s.io': of(network.serviceCidrCells),
  'rolebindings.rbac.authorization.k8s.io': of(network.roleBindingCells),
  'clusterrolebindings.rbac.authorization.k8s.io': of(network.roleBindingCells),
  'storageclasses.storage.k8s.io': of(network.storageClassCells),
  'csidrivers.storage.k8s.io': of(network.csiDriverCells),
  'csinodes.storage.k8s.io': of(network.csiNodeCells),
  'csistoragecapacities.storage.k8s.io': of(network.csiStorageCapacityCells),
  'volumeattachments.storage.k8s.io': of(network.volumeAttachmentCells),
  'volumeattributesclasses.storage.k8s.io': of(network.volumeAttributesClassCells),
  'leases.coordination.k8s.io': of(network.leaseCells),
  'endpointslices.discovery.k8s.io': of(network.endpointSliceCells),
  'validatingadmissionpolicies.admissionregistration.k8s.io': of(control.admissionPolicyCells),
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': of(control.admissionPolicyBindingCells),
  'mutatingadmissionpolicies.admissionregistration.k8s.io': of(control.mutatingPolicyCells),
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': of(control.admissionPolicyBindingCells),
  'validatingwebhookconfigurations.admissionregistration.k8s.io': of(control.webhookCells),
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': of(control.webhookCells),
  'certificatesigningrequests.certificates.k8s.io': of(control.signingRequestCells),
  'priorityclasses.scheduling.k8s.io': of(control.priorityClassCells),
  'flowschemas.flowcontrol.apiserver.k8s.io': of(control.flowSchemaCells),
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': of(control.priorityLevelCells),
  'runtimeclasses.node.k8s.io': of(control.runtimeClassCells),
  'events.events.k8s.io': of(core.newEventCells),
  'deviceclasses.resource.k8s.io': of(control.nameAndAgeCells),
  'resourceclaims.resource.k8s.io': of(control.resourceClaimCells),
  'resourceclaimtemplates.resource.k8s.io': of(control.nameAndAgeCells),
  'resourceslices.resource.k8s.io': of(control.resourceSliceCells),
  'apiservices.apiregistration.k8s.io': of(control.apiServiceCells),
};

/** The Table of kinds without a printer of their own. */
const plainColumns = 'Name=|Created At:date';
const plainCells: Cells<KubeObject> = ({ metadata }) => [metadata.name ?? '', metadata.creationTimestamp ?? ''];

const nameOf = ({ group, plural }: TableOf): string => (group === '' ? plural : `${plural}.${group}`);

function parseColumn(text: string, descriptions: Readonly<Record<string, string>> = {}): Column {
  const priority = text.endsWith('*') ? 1 : 0;
  const bare = text.replace(/\*$/, '');
  const isName = bare.endsWith('=');
  const [name = '', type = 'string'] = bare.replace(/=$/, '').split(':');
  const description = descriptions[name] ?? commonDescriptions[name] ?? '';
  return { name, type, format: isName ? 'name' : '', description, priority };
}

const parseColumns = (text: string, table: string): readonly Column[] =>
  text.split('|').map(column => parseColumn(column, columnDescriptions[table]));

const memo = new Map<string, readonly Column[]>();

/** The columns of a kind's Table; kinds without a printer show their name and the time they were made. */
export function columnsOf(kind: TableOf): readonly Column[] {
  const table = nameOf(kind);
  const text = columnTexts[table];
  const known = text === undefined ? '' : table;
  let columns = memo.get(known);
  if (!columns) memo.set(known, (columns = parseColumns(text ?? plainColumns, known)));
  return columns;
}

/** The cells of one object (of the kind's preferred version), `nowMs` being the moment that ages are counted from. */
export const cellsOf = (kind: TableOf, object: KubeObject, nowMs: number): Cell[] =>
  (cells[nameOf(kind)] ?? plainCells)(object, nowMs);

/** The Table of a `Scale`. */
export const scaleColumns: readonly Column[] = parseColumns(
  'Name|Desired:integer|Available:integer|Age',
  'scales.autoscaling',
);

/** What every object's name and time of creation are described as in Tables. */
export const nameDescription = commonDescriptions['Name']!;
export const creationDescription = commonDescriptions['Age']!;
