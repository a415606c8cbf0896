/** Validation of what the controllers of apps/v1 report (apps/validation): counts that fit together. */
import { invalid } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { nonNegative } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../types.data.ts';

type Counts = Readonly<Record<string, number | undefined>>;
const countsOf = (object: { status?: object }): Counts => (object.status ?? {}) as Counts;

const nonNegatives = (errors: Errors, counts: Counts, names: readonly string[]): void =>
  names.forEach(name => nonNegative(errors, counts[name], `status.${name}`));

/** No more of the named than there are pods, and no more available than ready. */
function withinReplicas(errors: Errors, counts: Counts, names: readonly string[], ready: string): void {
  for (const name of names) {
    if ((counts[name] ?? 0) > (counts['replicas'] ?? 0))
      errors.push(invalid(`status.${name}`, counts[name], 'cannot be greater than status.replicas'));
  }
  if ((counts['availableReplicas'] ?? 0) > (counts['readyReplicas'] ?? 0))
    errors.push(invalid('status.availableReplicas', counts['availableReplicas'], `cannot be greater than ${ready}`));
}

function collisions(errors: Errors, now: Counts, old: Counts): void {
  const before = old['collisionCount'];
  const count = now['collisionCount'];
  if (before !== undefined && (count === undefined || count < before))
    errors.push(invalid('status.collisionCount', count ?? 0, 'cannot be decremented'));
}

const deploymentCounts =
  'observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas collisionCount';

export function validateDeploymentStatus(now: Deployment, old: Deployment): FieldError[] {
  const errors: Errors = [];
  const counts = countsOf(now);
  nonNegatives(errors, counts, deploymentCounts.split(' '));
  withinReplicas(errors, counts, ['updatedReplicas', 'readyReplicas', 'availableReplicas'], 'readyReplicas');
  collisions(errors, counts, countsOf(old));
  return errors;
}

const replicaSetCounts = 'replicas fullyLabeledReplicas readyReplicas availableReplicas observedGeneration';

export function validateReplicaSetStatus(now: ReplicaSet): FieldError[] {
  const errors: Errors = [];
  const counts = countsOf(now);
  nonNegatives(errors, counts, replicaSetCounts.split(' '));
  withinReplicas(errors, counts, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'], 'readyReplicas');
  return errors;
}

const statefulSetCounts =
  'replicas readyReplicas currentReplicas updatedReplicas availableReplicas observedGeneration collisionCount';

export function validateStatefulSetStatus(now: StatefulSet, old: StatefulSet): FieldError[] {
  const errors: Errors = [];
  const counts = countsOf(now);
  nonNegatives(errors, counts, statefulSetCounts.split(' '));
  const parts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];
  withinReplicas(errors, counts, parts, 'status.readyReplicas');
  collisions(errors, counts, countsOf(old));
  return errors;
}

const daemonSetCounts =
  'currentNumberScheduled numberMisscheduled desiredNumberScheduled numberReady observedGeneration updatedNumberScheduled numberAvailable ' +
  'numberUnavailable collisionCount';

export function validateDaemonSetStatus(now: DaemonSet, old: DaemonSet): FieldError[] {
  const errors: Errors = [];
  nonNegatives(errors, countsOf(now), daemonSetCounts.split(' '));
  collisions(errors, countsOf(now), countsOf(old));
  return errors;
}
