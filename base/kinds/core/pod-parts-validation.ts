/** What may change in a pod through subresources: debug containers, and how much a container gets (core/validation `ValidatePodResize` and others). */
import { child, forbidden, index, invalid, quote } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { internalDiff } from '../internal-form.ts';
import { sameJson, subdomainName, validateObjectMeta, validateObjectMetaUpdate } from '../meta.ts';
import type { Errors } from '../rules.ts';
import type { Container, Pod, ResourceRequirements } from '../types.data.ts';
import { mirrorAnnotation } from './annotation-validation.ts';
import { validateChangedAnnotations, validateChangedPod } from './pod-update-validation.ts';

const changed = (pod: Pod, old: Pod): Errors =>
  validateChangedPod(pod, old, {
    asNew: () => validateObjectMeta(pod.metadata, true, subdomainName),
    asChanged: () => validateObjectMetaUpdate(pod.metadata, old.metadata),
  });

const isMirror = ({ metadata }: Pod): boolean => metadata.annotations?.[mirrorAnnotation] !== undefined;

/** Debug containers are only ever added. */
export function validateEphemeralUpdate(pod: Pod, old: Pod): FieldError[] {
  if (isMirror(old)) return [forbidden('[]', 'static pods do not support ephemeral containers')];
  const errors = changed(pod, old);
  validateChangedAnnotations(errors, pod, old);
  const now = new Map(each(pod.spec.ephemeralContainers).map(container => [container.name, container]));
  for (const before of each(old.spec.ephemeralContainers)) {
    const after = now.get(before.name);
    if (after && sameJson(after, before)) continue;
    const type = 'core.v1.EphemeralContainer';
    const what = after ? `changed\n${internalDiff(type, before, after)}` : 'removed\n';
    errors.push(
      forbidden('spec.ephemeralContainers', `existing ephemeral containers ${quote(before.name)} may not be ${what}`),
    );
  }
  return errors;
}

const hasPodAmounts = ({ spec }: Pod): boolean =>
  Object.keys({ ...spec.resources?.requests, ...spec.resources?.limits }).length > 0;

/** Why a pod's containers cannot get more or less at all. */
function refusal(pod: Pod, old: Pod): string | undefined {
  if (hasPodAmounts(pod) || hasPodAmounts(old)) return 'pods with pod-level resources cannot be resized';
  if (isMirror(old)) return 'static pods cannot be resized';
  return old.spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined;
}

/** Kubelets that can do it tell what a running container has. */
function isSupported({ status }: Pod): boolean {
  const running = each(status?.containerStatuses).find(({ state }) => state?.running);
  return running === undefined || running.resources !== undefined;
}

function removed(errors: Errors, now: Container | undefined, old: Container, path: FieldPath): void {
  for (const kind of ['requests', 'limits'] as const) {
    const after = now?.resources?.[kind] ?? {};
    if (Object.keys(old.resources?.[kind] ?? {}).every(name => name in after)) continue;
    errors.push(forbidden(child(path, 'resources', kind), `resource ${kind} cannot be removed`));
  }
}

type Amounts = ResourceRequirements['limits'];

/** The new amounts with cpu and memory as they were. */
function others(now: Amounts, before: Amounts): Amounts {
  if (!before) return undefined;
  const { cpu: _cpu, memory: _memory, ...rest } = now ?? {};
  const { cpu, memory } = before;
  return { ...rest, ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) };
}

function withoutCompute(container: Container, old: Container | undefined): Container {
  const [now, before] = [container.resources, old?.resources];
  const resources = {
    ...(before?.limits && { limits: others(now?.limits, before.limits) }),
    ...(before?.requests && { requests: others(now?.requests, before.requests) }),
  } as ResourceRequirements;
  return { ...container, resources };
}

const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always';

/** The same containers under the same names in the same order; everything else compares them one by one. */
function validateOrder(errors: Errors, pod: Pod, old: Pod): boolean {
  const before = errors.length;
  for (const list of ['containers', 'initContainers'] as const) {
    const [now, then] = [each(pod.spec[list]), each(old.spec[list])];
    const at = child('spec', list);
    if (now.length !== then.length) errors.push(forbidden(at, `${list} may not be added or removed on resize`));
    else
      then.forEach(({ name }, place) => {
        if (now[place]!.name !== name)
          errors.push(forbidden(child(index(at, place), 'name'), `${list} may not be renamed or reordered on resize`));
      });
  }
  return errors.length === before;
}

/** Only cpu and memory may change, and only of containers that run all along. */
function validateFixed(errors: Errors, pod: Pod, old: Pod): void {
  each(pod.spec.containers).forEach((container, at) => {
    const before = each(old.spec.containers)[at];
    if (!sameJson(withoutCompute(container, before), before))
      errors.push(forbidden('spec', 'only cpu and memory resources are mutable'));
  });
  each(pod.spec.initContainers).forEach((container, at) => {
    const before = each(old.spec.initContainers)[at];
    if (isSidecar(container)) {
      if (!sameJson(withoutCompute(container, before), before))
        errors.push(forbidden('spec', 'only cpu and memory resources for sidecar containers are mutable'));
    } else if (!sameJson(container, before))
      errors.push(forbidden('spec', 'resources for non-sidecar init containers are immutable'));
  });
}

/** `classOf` tells a pod's quality of service: that stays. */
export function validateResize(pod: Pod, old: Pod, classOf: (pod: Pod) => string): FieldError[] {
  const why = refusal(pod, old);
  if (why !== undefined) return [forbidden('[]', why)];
  const errors = changed(pod, old);
  if ((old.status?.qosClass ?? classOf(old)) !== classOf(pod))
    errors.push(invalid('spec', pod.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'));
  if (!isSupported(old)) errors.push(forbidden('spec', 'Pod running on node without support for resize'));
  if (!validateOrder(errors, pod, old)) return errors;
  for (const list of ['initContainers', 'containers'] as const) {
    each(old.spec[list]).forEach((container, at) => {
      if (list === 'initContainers' && !isSidecar(container)) return;
      removed(errors, each(pod.spec[list])[at], container, index(child('spec', list), at));
    });
  }
  validateFixed(errors, pod, old);
  return errors;
}
