/** What may change in a pod once it exists (core/validation `ValidatePodUpdate`, `ValidatePodStatusUpdate`). */
import { child, duplicate, forbidden, index, invalid } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { internalDiff } from '../internal-form.ts';
import { sameJson } from '../meta.ts';
import { ip, nonNegative, oneOfIfSet } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Container, ContainerStatus, Pod, PodSpec, Toleration } from '../types.data.ts';
import { validateTolerations } from './scheduling-validation.ts';
import { validatePodSpec } from './pod-validation.ts';

const fixedFields =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function images(errors: Errors, containers: readonly Container[], old: readonly Container[], field: string): boolean {
  if (containers.length === old.length) return true;
  errors.push(forbidden(`spec.${field}`, 'pod updates may not add or remove containers'));
  return false;
}

const withImages = (containers: readonly Container[], old: readonly Container[]): Container[] =>
  containers.map((container, at) => ({ ...container, image: old[at]?.image }));

/** A toleration may be added, or live shorter or longer; none may go. */
const keepsTolerations = (now: readonly Toleration[], before: readonly Toleration[]): boolean =>
  before.every(old =>
    now.some(entry => sameJson({ ...entry, tolerationSeconds: 0 }, { ...old, tolerationSeconds: 0 })),
  );

/** The new spec with everything put back that may change. */
function settled(spec: PodSpec, old: PodSpec): PodSpec {
  const result: PodSpec = {
    ...spec,
    containers: withImages(each(spec.containers), each(old.containers)),
    initContainers: withImages(each(spec.initContainers), each(old.initContainers)),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
  };
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    result.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  }
  if (each(old.schedulingGates).length > 0) {
    result.schedulingGates = old.schedulingGates;
    result.nodeSelector = old.nodeSelector;
    result.affinity = old.affinity;
  }
  return result;
}

export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors: Errors = [];
  validatePodSpec(errors, pod.spec, 'spec');
  if (!images(errors, each(pod.spec.containers), each(old.spec.containers), 'containers')) return errors;
  if (!images(errors, each(pod.spec.initContainers), each(old.spec.initContainers), 'initContainers')) return errors;
  const deadline = pod.spec.activeDeadlineSeconds;
  const before = old.spec.activeDeadlineSeconds;
  if (before !== undefined && deadline === undefined) {
    errors.push(invalid('spec.activeDeadlineSeconds', null, 'must not update from a positive integer to nil value'));
  } else if (before !== undefined && deadline! > before) {
    errors.push(invalid('spec.activeDeadlineSeconds', deadline, 'must be less than or equal to previous value'));
  }
  const gates = new Set(each(old.spec.schedulingGates).map(gate => gate.name));
  each(pod.spec.schedulingGates).forEach(({ name }) => {
    if (!gates.has(name))
      errors.push(
        forbidden('spec.schedulingGates', "only deletion is allowed, but found new scheduling gate '" + name + "'"),
      );
  });
  if (!keepsTolerations(each(pod.spec.tolerations), each(old.spec.tolerations))) {
    errors.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'));
  }
  validateTolerations(errors, each(pod.spec.tolerations), 'spec.tolerations');
  if (!sameJson(settled(pod.spec, old.spec), old.spec)) {
    errors.push(
      forbidden('spec', `${fixedFields}\n${internalDiff('core.v1.PodSpec', old.spec, settled(pod.spec, old.spec))}`),
    );
  }
  return errors;
}

function statuses(
  errors: Errors,
  list: readonly ContainerStatus[],
  old: readonly ContainerStatus[],
  field: string,
): void {
  list.forEach((status, at) => {
    const path = index(`status.${field}`, at);
    nonNegative(errors, status.restartCount, child(path, 'restartCount'));
    const before = old.find(entry => entry.name === status.name);
    if (!before?.state?.terminated || status.state?.terminated) return;
    if (status.restartCount <= before.restartCount && !status.state?.waiting && !status.state?.running) {
      errors.push(forbidden(child(path, 'state'), 'may not be transitioned to non-terminated state'));
    }
  });
}

export function validatePodStatus(pod: Pod, old: Pod): FieldError[] {
  const errors: Errors = [];
  const status = pod.status ?? {};
  each(status.podIPs).forEach(({ ip: address }, at) => ip(errors, address, index('status.podIPs', at)));
  const addresses = each(status.podIPs).map(entry => entry.ip);
  addresses.forEach((address, at) => {
    if (addresses.indexOf(address) < at) errors.push(duplicate(index('status.podIPs', at), address));
  });
  each(status.hostIPs).forEach(({ ip: address }, at) => ip(errors, address, index('status.hostIPs', at)));
  oneOfIfSet(errors, status.qosClass, ['Guaranteed', 'Burstable', 'BestEffort'], 'status.qosClass');
  if (pod.spec.nodeName !== old.spec.nodeName && old.spec.nodeName) {
    errors.push(forbidden('status.nodeName', 'may not be changed directly'));
  }
  statuses(errors, each(status.containerStatuses), each(old.status?.containerStatuses), 'containerStatuses');
  statuses(
    errors,
    each(status.initContainerStatuses),
    each(old.status?.initContainerStatuses),
    'initContainerStatuses',
  );
  return errors;
}
