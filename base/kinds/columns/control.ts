/** Rows of the kinds that steer the API server itself, of devices and of priorities. */
import { humanDuration } from '@orrery/machinery/duration';
import type { KubeObject } from '@orrery/machinery/meta';
import { each } from '../fill.ts';
import type {
  APIService,
  CertificateSigningRequest,
  FlowSchema,
  LabelSelector,
  PriorityClass,
  PriorityLevelConfiguration,
  ResourceSlice,
  ResourceV1ResourceClaim,
  RuntimeClass,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../types.data.ts';
import { age, nameOf, none, unset } from './format.ts';
import type { Cell, Cells } from './format.ts';

export const nameAndAgeCells: Cells<KubeObject> = (object, nowMs) => [nameOf(object), age(object, nowMs)];

export const webhookCells: Cells<KubeObject & { webhooks?: unknown[] }> = (object, nowMs) => [
  nameOf(object),
  each(object.webhooks).length,
  age(object, nowMs),
];

interface Policy extends KubeObject {
  readonly spec: Pick<ValidatingAdmissionPolicy['spec'], 'paramKind'>;
}

function policyCells(object: Policy, rules: readonly unknown[], nowMs: number): Cell[] {
  const parameters = object.spec.paramKind;
  const kind = parameters ? `${parameters.apiVersion}/${parameters.kind}` : unset;
  return [nameOf(object), rules.length, kind, age(object, nowMs)];
}

export const admissionPolicyCells: Cells<ValidatingAdmissionPolicy> = (object, nowMs) =>
  policyCells(object, each(object.spec.validations), nowMs);

export const mutatingPolicyCells: Cells<Policy & { spec: { mutations?: unknown[] } }> = (object, nowMs) =>
  policyCells(object, each(object.spec.mutations), nowMs);

/** A selector as Go prints the structure. */
function selectorText({ matchLabels, matchExpressions }: LabelSelector): string {
  const labels = Object.entries(matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const rules = each(matchExpressions).map(
    ({ key, operator, values }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${each(values).join(' ')}],},`,
  );
  const map = `map[string]string{${labels.map(([name, value]) => `${name}: ${value},`).join('')}}`;
  return `&LabelSelector{MatchLabels:${map},MatchExpressions:[]LabelSelectorRequirement{${rules.join('')}},}`;
}

export const admissionPolicyBindingCells: Cells<ValidatingAdmissionPolicyBinding> = (object, nowMs) => {
  const { name, namespace, selector } = object.spec.paramRef ?? {};
  // Whether the parameters have a namespace cannot be told from here.
  const reference = name ? `${namespace || '*'}/${name}` : selector ? selectorText(selector) : unset;
  return [nameOf(object), object.spec.policyName ?? '', reference, age(object, nowMs)];
};

function signingCondition({ status }: CertificateSigningRequest): string {
  const types = new Set(each(status?.conditions).map(condition => condition.type));
  const word = types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending';
  return `${word}${types.has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
}

export const signingRequestCells: Cells<CertificateSigningRequest> = (object, nowMs) => {
  const { spec } = object;
  const duration = spec.expirationSeconds === undefined ? none : humanDuration(spec.expirationSeconds * 1000);
  return [
    nameOf(object),
    age(object, nowMs),
    spec.signerName || none,
    spec.username ?? '',
    duration,
    signingCondition(object),
  ];
};

export const priorityClassCells: Cells<PriorityClass> = (object, nowMs) => [
  nameOf(object),
  object.value,
  object.globalDefault ?? false,
  age(object, nowMs),
  object.preemptionPolicy ?? '',
];

export const flowSchemaCells: Cells<FlowSchema> = (object, nowMs) => {
  const dangling = each(object.status?.conditions).find(condition => condition.type === 'Dangling');
  return [
    nameOf(object),
    object.spec.priorityLevelConfiguration.name,
    object.spec.matchingPrecedence ?? 0,
    object.spec.distinguisherMethod?.type ?? none,
    age(object, nowMs),
    dangling?.status ?? '?',
  ];
};

export const priorityLevelCells: Cells<PriorityLevelConfiguration> = (object, nowMs) => {
  const { limited, type } = object.spec;
  const queuing = limited?.limitResponse?.queuing;
  return [
    nameOf(object),
    type,
    limited?.nominalConcurrencyShares ?? none,
    queuing?.queues ?? none,
    queuing?.handSize ?? none,
    queuing?.queueLengthLimit ?? none,
    age(object, nowMs),
  ];
};

export const runtimeClassCells: Cells<RuntimeClass> = (object, nowMs) => [
  nameOf(object),
  object.handler,
  age(object, nowMs),
];

export const resourceClaimCells: Cells<ResourceV1ResourceClaim> = (object, nowMs) => {
  const states: string[] = [];
  if (object.metadata.deletionTimestamp) states.push('deleted');
  if (object.status?.allocation) {
    states.push('allocated');
    if (each(object.status.reservedFor).length > 0) states.push('reserved');
  } else if (!object.metadata.deletionTimestamp) states.push('pending');
  return [nameOf(object), states.join(','), age(object, nowMs)];
};

export const resourceSliceCells: Cells<ResourceSlice> = (object, nowMs) => [
  nameOf(object),
  object.spec.nodeName || unset,
  object.spec.driver,
  object.spec.pool.name,
  age(object, nowMs),
];

export const apiServiceCells: Cells<APIService> = (object, nowMs) => {
  const { service } = object.spec;
  const condition = each(object.status?.conditions).find(entry => entry.type === 'Available');
  const why = condition && condition.status !== 'True' && condition.reason ? ` (${condition.reason})` : '';
  return [
    nameOf(object),
    service ? `${service.namespace}/${service.name}` : 'Local',
    condition ? `${condition.status}${why}` : 'Unknown',
    age(object, nowMs),
  ];
};
