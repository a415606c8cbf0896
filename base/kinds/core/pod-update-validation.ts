/** What may change in a pod once it exists (core/validation `ValidatePodUpdate`). */
import { child, forbidden, index, invalid, invalidShown, required } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { inclusiveRangeError } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { internalDiff, shownInternal } from '../internal-form.ts';
import { sameJson } from '../meta.ts';
import { sortedMap } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Affinity, Container, NodeAffinity, NodeSelectorTerm, Pod, PodSpec, Toleration } from '../types.data.ts';
import type { MetadataRules } from '../validators.ts';
import { validateAnnotationChanges, validatePodAnnotations } from './annotation-validation.ts';
import { validateImageName } from './container-validation.ts';
import { validatePodContent } from './pod-validation.ts';
import { validateTolerations } from './scheduling-validation.ts';

const fixedFields =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Also for the subresources of a pod: annotations that are kept, and all that a pod must be. */
export function validateChangedPod(pod: Pod, old: Pod, metadata: MetadataRules): Errors {
  const errors: Errors = [...metadata.asChanged(), ...metadata.asNew()];
  validatePodContent(errors, pod);
  validateChangedAnnotations(errors, pod, old);
  return errors;
}

export function validateChangedAnnotations(errors: Errors, pod: Pod, old: Pod): void {
  const [now, before] = [pod.metadata.annotations ?? {}, old.metadata.annotations ?? {}];
  validateAnnotationChanges(errors, now, before, 'metadata.annotations');
  validatePodAnnotations(errors, now, pod.spec, 'metadata.annotations');
}

function images(errors: Errors, now: PodSpec, old: PodSpec, field: 'containers' | 'initContainers'): boolean {
  const containers = each(now[field]);
  if (containers.length !== each(old[field]).length) {
    errors.push(forbidden(child('spec', field), 'pod updates may not add or remove containers'));
    return false;
  }
  containers.forEach((container, at) => {
    const here = index(child('spec', field), at);
    if (!container.image) errors.push(required(child(here, 'image')));
    validateImageName(errors, container, here);
  });
  return true;
}

/** False when nothing more is to be looked at. */
function deadline(errors: Errors, now: number | undefined, before: number | undefined): boolean {
  const at = 'spec.activeDeadlineSeconds';
  if (now === undefined) {
    if (before !== undefined) errors.push(invalid(at, null, 'must not update from a positive integer to nil value'));
    return true;
  }
  if (now < 0 || now > 2147483647) errors.push(invalid(at, now, inclusiveRangeError(0, 2147483647)));
  else if (before !== undefined && before < now)
    errors.push(invalid(at, now, 'must be less than or equal to previous value'));
  else return true;
  return false;
}

/** A toleration may be added, or live shorter or longer; none may go. */
function tolerations(errors: Errors, now: readonly Toleration[], before: readonly Toleration[]): void {
  const bare = (entry: Toleration): Toleration => ({ ...entry, tolerationSeconds: 0 });
  const kept = before.every(old => now.some(entry => sameJson(bare(entry), bare(old))));
  if (kept) validateTolerations(errors, now, 'spec.tolerations');
  else
    errors.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'));
}

function gates(errors: Errors, now: PodSpec, old: PodSpec): void {
  const before = new Set(each(old.schedulingGates).map(({ name }) => name));
  const added = new Map(each(now.schedulingGates).map(({ name }, at) => [name, at]));
  for (const [name, at] of added) {
    if (before.has(name)) continue;
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    errors.push(forbidden(child(index('spec.schedulingGates', at), 'name'), detail));
  }
}

const withImages = (containers: readonly Container[], old: readonly Container[]): Container[] =>
  containers.map((container, at) => ({ ...container, image: old[at]?.image }));

const must = 'requiredDuringSchedulingIgnoredDuringExecution';

/** Requirements may be added to a term that has some. */
function onlyAdds(now: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const;
  if (lists.every(name => each(old[name]).length === 0)) return lists.every(name => each(now[name]).length === 0);
  return lists.every(name => {
    const before = each(old[name]);
    return before.length === 0 || sameJson(each(now[name]).slice(0, before.length), before);
  });
}

function nodeAffinity(errors: Errors, now: NodeAffinity | undefined, old: NodeAffinity | undefined): void {
  const before = each(old?.[must]?.nodeSelectorTerms);
  const after = each(now?.[must]?.nodeSelectorTerms);
  const at = child('spec.affinity.nodeAffinity', must, 'nodeSelectorTerms');
  const type = 'core.v1.NodeSelectorTerm';
  if (before.length === 0) return;
  if (before.length !== after.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return void errors.push(invalidShown(at, shownInternal(`[]${type}`, after), detail));
  }
  before.forEach((term, place) => {
    if (onlyAdds(after[place]!, term)) return;
    const detail = 'only additions are allowed (no mutations or deletions)';
    errors.push(invalidShown(index(at, place), shownInternal(type, after[place]), detail));
  });
}

/** The affinity with that to nodes put back. */
function settledAffinity(now: Affinity | undefined, old: Affinity | undefined): Affinity | undefined {
  const before = old?.nodeAffinity;
  if (!now) return before ? { nodeAffinity: before } : now;
  if (!old && !now.podAffinity && !now.podAntiAffinity) return undefined;
  const { nodeAffinity: _now, ...others } = now;
  return before ? { ...others, nodeAffinity: before } : others;
}

/** Before a pod may be scheduled at all, where it may go can still be narrowed. */
function settleGated(errors: Errors, settled: PodSpec, old: PodSpec): void {
  if (!sameJson(settled.nodeSelector, old.nodeSelector)) {
    const kept = Object.entries(old.nodeSelector ?? {}).every(
      ([name, value]) => settled.nodeSelector?.[name] === value,
    );
    if (!kept) {
      const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
      errors.push(invalid('spec.nodeSelector', sortedMap(settled.nodeSelector), detail));
    }
    settled.nodeSelector = old.nodeSelector;
  }
  if (sameJson(settled.affinity?.nodeAffinity, old.affinity?.nodeAffinity)) return;
  nodeAffinity(errors, settled.affinity?.nodeAffinity, old.affinity?.nodeAffinity);
  settled.affinity = settledAffinity(settled.affinity, old.affinity);
}

export function validatePodUpdate(pod: Pod, old: Pod, metadata: MetadataRules): FieldError[] {
  const errors = validateChangedPod(pod, old, metadata);
  const [now, before] = [pod.spec, old.spec];
  if (!images(errors, now, before, 'containers') || !images(errors, now, before, 'initContainers')) return errors;
  if (!deadline(errors, now.activeDeadlineSeconds, before.activeDeadlineSeconds)) return errors;
  tolerations(errors, each(now.tolerations), each(before.tolerations));
  gates(errors, now, before);
  if (sameJson(now, before)) return errors;
  const settled: PodSpec = {
    ...now,
    containers: withImages(each(now.containers), each(before.containers)),
    initContainers: withImages(each(now.initContainers), each(before.initContainers)),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    schedulingGates: before.schedulingGates,
    tolerations: before.tolerations,
  };
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && now.terminationGracePeriodSeconds === 1)
    settled.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds;
  if (each(before.schedulingGates).length > 0) settleGated(errors, settled, before);
  if (!sameJson(settled, before))
    errors.push(forbidden('spec', `${fixedFields}\n${internalDiff('core.v1.PodSpec', before, settled)}`));
  return errors;
}
