/** Validation of apps/v1 (apps/validation). */
import { child, forbidden, invalid, invalidShown, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { validatePodTemplate } from '../core/pod-validation.ts';

import { immutable, immutableMessage, sameJson } from '../meta.ts';
import {
  asNumber,
  atMostAll,
  countOrPercent,
  isEmptySelector,
  labelSelector,
  nonNegative,
  oneOfIfSet,
  shownSelector,
  sortedMap,
} from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  LabelSelector,
  PodTemplateSpec,
  ReplicaSet,
  StatefulSet,
} from '../types.data.ts';

/** The selector must be there, not be empty, and select what the template makes. */
function validateSelector(errors: Errors, selector: LabelSelector | undefined, kind: string, path: FieldPath): void {
  if (!selector) return void errors.push(required(path));
  labelSelector(errors, selector, path);
  if (isEmptySelector(selector)) errors.push(invalid(path, {}, `empty selector is invalid for ${kind}`));
}

const selects = (selector: LabelSelector | undefined, labels: Record<string, string> | undefined): boolean => {
  try {
    return matches(selectorFromObject(selector as Parameters<typeof selectorFromObject>[0]), labels);
  } catch {
    return true;
  }
};

function validateTemplate(
  errors: Errors,
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
  path: FieldPath,
): void {
  const labels = template?.metadata?.labels;
  if (!selects(selector, labels)) {
    errors.push(
      invalid(child(path, 'metadata', 'labels'), sortedMap(labels), '`selector` does not match template `labels`'),
    );
  }
  validatePodTemplate(errors, template ?? {}, path);
}

/** Pods of these controllers always restart. */
function alwaysRestarts(errors: Errors, template: PodTemplateSpec | undefined, path: FieldPath): void {
  const policy = template?.spec?.restartPolicy;
  if (policy && policy !== 'Always')
    errors.push(notSupported(child(path, 'spec', 'restartPolicy'), policy, ['Always']));
}

function noDeadline(errors: Errors, template: PodTemplateSpec | undefined, kind: string, path: FieldPath): void {
  if (template?.spec?.activeDeadlineSeconds === undefined) return;
  errors.push(
    forbidden(child(path, 'spec', 'activeDeadlineSeconds'), `activeDeadlineSeconds in ${kind} is not Supported`),
  );
}

function replicaTemplate(
  errors: Errors,
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
): void {
  const path = 'spec.template';
  if (!template) return void errors.push(required(path));
  if (!selector || !isEmptySelector(selector)) validateTemplate(errors, template, selector, path);
  else validatePodTemplate(errors, template, path);
  alwaysRestarts(errors, template, path);
  noDeadline(errors, template, 'ReplicaSet', path);
}

export function validateDeployment({ spec }: Deployment): FieldError[] {
  const errors: Errors = [];
  nonNegative(errors, spec.replicas, 'spec.replicas');
  validateSelector(errors, spec.selector, 'deployment', 'spec.selector');
  replicaTemplate(errors, spec.template, spec.selector);
  validateStrategy(errors, spec.strategy ?? {}, 'spec.strategy');
  nonNegative(errors, spec.minReadySeconds, 'spec.minReadySeconds');
  nonNegative(errors, spec.revisionHistoryLimit, 'spec.revisionHistoryLimit');
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined) {
    nonNegative(errors, deadline, 'spec.progressDeadlineSeconds');
    if (deadline <= (spec.minReadySeconds ?? 0)) {
      errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
    }
  }
  return errors;
}

type Strategy = NonNullable<Deployment['spec']['strategy']>;

/** A strategy as upstream's messages show it. */
const shown = (type: string | undefined): string => JSON.stringify({ Type: type ?? '', RollingUpdate: null });

function validateStrategy(errors: Errors, { type, rollingUpdate }: Strategy, path: FieldPath): void {
  if (type === 'Recreate') {
    if (rollingUpdate)
      errors.push(forbidden(child(path, 'rollingUpdate'), "may not be specified when strategy `type` is 'Recreate'"));
  } else if (type === 'RollingUpdate') {
    if (!rollingUpdate)
      return void errors.push(required(child(path, 'rollingUpdate'), 'this should be defaulted and never be nil'));
    const at = child(path, 'rollingUpdate');
    const { maxUnavailable, maxSurge } = rollingUpdate;
    countOrPercent(errors, maxUnavailable, child(at, 'maxUnavailable'));
    countOrPercent(errors, maxSurge, child(at, 'maxSurge'));
    if (asNumber(maxUnavailable) === 0 && asNumber(maxSurge) === 0) {
      errors.push(invalid(child(at, 'maxUnavailable'), maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0'));
    }
    atMostAll(errors, maxUnavailable, child(at, 'maxUnavailable'));
  } else {
    errors.push({
      type: 'notSupported',
      field: path,
      message: `Unsupported value: ${shown(type)}: supported values: "Recreate", "RollingUpdate"`,
    });
  }
}

type Selecting = { readonly spec: { readonly selector?: LabelSelector } };

/** Which pods a controller owns never changes. */
const fixedSelector = ({ spec }: Selecting, old: Selecting): FieldError[] =>
  sameJson(spec.selector, old.spec.selector)
    ? []
    : [invalid('spec.selector', shownSelector(spec.selector), immutableMessage)];

export const validateDeploymentUpdate = (deployment: Deployment, old: Deployment): FieldError[] => [
  ...validateDeployment(deployment),
  ...fixedSelector(deployment, old),
];

export function validateReplicaSet({ spec }: ReplicaSet): FieldError[] {
  const errors: Errors = [];
  nonNegative(errors, spec.replicas, 'spec.replicas');
  nonNegative(errors, spec.minReadySeconds, 'spec.minReadySeconds');
  validateSelector(errors, spec.selector, 'deployment', 'spec.selector');
  replicaTemplate(errors, spec.template, spec.selector);
  return errors;
}

export const validateReplicaSetUpdate = (set: ReplicaSet, old: ReplicaSet): FieldError[] => [
  ...validateReplicaSet(set),
  ...fixedSelector(set, old),
];

export function validateDaemonSet({ spec }: DaemonSet): FieldError[] {
  const errors: Errors = [];
  labelSelector(errors, spec.selector, 'spec.selector');
  if (spec.selector && isEmptySelector(spec.selector)) {
    errors.push(invalid('spec.selector', {}, 'empty selector is invalid for daemonset'));
  }
  validateTemplate(errors, spec.template, spec.selector, 'spec.template');
  alwaysRestarts(errors, spec.template, 'spec.template');
  noDeadline(errors, spec.template, 'DaemonSet', 'spec.template');
  nonNegative(errors, spec.minReadySeconds, 'spec.minReadySeconds');
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  const path = 'spec.updateStrategy';
  if (type === 'RollingUpdate') {
    if (!rollingUpdate) errors.push(required(child(path, 'rollingUpdate')));
    else validateDaemonRolling(errors, rollingUpdate, child(path, 'rollingUpdate'));
  } else if (type !== 'OnDelete') {
    errors.push({
      type: 'notSupported',
      field: path,
      message: `Unsupported value: ${shown(type)}: supported values: "RollingUpdate", "OnDelete"`,
    });
  }
  nonNegative(errors, spec.revisionHistoryLimit, 'spec.revisionHistoryLimit');
  return errors;
}

type DaemonRolling = NonNullable<NonNullable<DaemonSet['spec']['updateStrategy']>['rollingUpdate']>;

function validateDaemonRolling(errors: Errors, { maxUnavailable, maxSurge }: DaemonRolling, path: FieldPath): void {
  countOrPercent(errors, maxUnavailable, child(path, 'maxUnavailable'));
  countOrPercent(errors, maxSurge, child(path, 'maxSurge'));
  atMostAll(errors, maxUnavailable, child(path, 'maxUnavailable'));
  atMostAll(errors, maxSurge, child(path, 'maxSurge'));
  const [unavailable, surge] = [asNumber(maxUnavailable), asNumber(maxSurge)];
  if (unavailable !== 0 && surge !== 0)
    errors.push(invalid(child(path, 'maxSurge'), maxSurge, 'may not be set when maxUnavailable is non-zero'));
  if (unavailable === 0 && surge === 0)
    errors.push(required(child(path, 'maxUnavailable'), 'cannot be 0 when maxSurge is 0'));
}

export const validateDaemonSetUpdate = (set: DaemonSet, old: DaemonSet): FieldError[] => [
  ...validateDaemonSet(set),
  ...fixedSelector(set, old),
];

export function validateStatefulSet({ spec }: StatefulSet): FieldError[] {
  const errors: Errors = [];
  const {
    podManagementPolicy: management = '',
    updateStrategy,
    persistentVolumeClaimRetentionPolicy: retention,
  } = spec;
  if (management === '') errors.push(required('spec.podManagementPolicy'));
  else if (management !== 'OrderedReady' && management !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', management, "must be 'OrderedReady' or 'Parallel'"));
  }
  validateStatefulStrategy(errors, updateStrategy ?? {}, 'spec.updateStrategy');
  const path = 'spec.persistentVolumeClaimRetentionPolicy';
  oneOfIfSet(errors, retention?.whenDeleted, ['Retain', 'Delete'], child(path, 'whenDeleted'));
  oneOfIfSet(errors, retention?.whenScaled, ['Retain', 'Delete'], child(path, 'whenScaled'));
  nonNegative(errors, spec.replicas, 'spec.replicas');
  nonNegative(errors, spec.minReadySeconds, 'spec.minReadySeconds');
  nonNegative(errors, spec.ordinals?.start, 'spec.ordinals.start');
  validateSelector(errors, spec.selector, 'statefulset', 'spec.selector');
  if (!isEmptySelector(spec.selector)) validateTemplate(errors, spec.template, spec.selector, 'spec.template');
  alwaysRestarts(errors, spec.template, 'spec.template');
  noDeadline(errors, spec.template, 'StatefulSet', 'spec.template');
  return errors;
}

type StatefulStrategy = NonNullable<StatefulSet['spec']['updateStrategy']>;

function validateStatefulStrategy(errors: Errors, { type, rollingUpdate }: StatefulStrategy, path: FieldPath): void {
  if (!type) errors.push(required(path));
  else if (type === 'OnDelete') {
    if (rollingUpdate)
      errors.push(
        invalid(child(path, 'rollingUpdate'), rollingUpdate, `only allowed for updateStrategy 'RollingUpdate'`),
      );
  } else if (type === 'RollingUpdate') {
    if (rollingUpdate) nonNegative(errors, rollingUpdate.partition, child(path, 'rollingUpdate', 'partition'));
  } else {
    const rolling = rollingUpdate && {
      Partition: rollingUpdate.partition ?? 0,
      MaxUnavailable: rollingUpdate.maxUnavailable ?? null,
    };
    errors.push(
      invalidShown(
        path,
        JSON.stringify({ Type: type, RollingUpdate: rolling ?? null }),
        "must be 'RollingUpdate' or 'OnDelete'",
      ),
    );
  }
}

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

export function validateStatefulSetUpdate(set: StatefulSet, old: StatefulSet): FieldError[] {
  const errors = validateStatefulSet(set);
  const rest = ({ spec }: StatefulSet): object =>
    Object.fromEntries(Object.entries(spec).filter(([name]) => !(changeable as readonly string[]).includes(name)));
  if (sameJson(rest(set), rest(old))) return errors;
  const names = changeable.map(name => `'${name}'`);
  const which = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return [...errors, forbidden('spec', `updates to statefulset spec for fields other than ${which} are forbidden`)];
}

export function validateControllerRevision({ revision, data }: ControllerRevision): FieldError[] {
  const errors: Errors = [];
  nonNegative(errors, revision, 'revision');
  if (data === undefined || data === null) errors.push(required('data', 'data is mandatory'));
  return errors;
}

export const validateControllerRevisionUpdate = (
  revision: ControllerRevision,
  old: ControllerRevision,
): FieldError[] => [...validateControllerRevision(revision), ...immutable(revision.data, old.data, 'data')];
