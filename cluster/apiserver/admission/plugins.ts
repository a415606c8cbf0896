/** The plug-ins in upstream's order; what is missing in between is not built. */
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import type { AdmissionPlugin, Authorizer } from '../types.ts';
import { defaultIngressClass, defaultStorageClass } from './default-class.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { priorityAdmission } from './priority.ts';
import { runtimeClassAdmission } from './runtime-class.ts';
import { serviceAccountAdmission } from './service-account.ts';
import { persistentVolumeClaimResize, storageObjectInUseProtection } from './storage.ts';
import { defaultTolerationSeconds, taintNodesByCondition } from './tolerations.ts';

export interface AdmissionOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Random;
  readonly authorizer: Authorizer;
  /**
   * Adds the protection finalizers to volumes and claims. Only where the protection controllers run: nobody else takes them off.
   */
  readonly storageProtection?: boolean;
}

export const admissionPlugins = ({
  clock,
  random,
  authorizer,
  storageProtection = false,
}: AdmissionOptions): AdmissionPlugin[] => [
  namespaceLifecycle,
  limitRanger,
  serviceAccountAdmission({ clock, random }),
  nodeRestriction({ authorizer }),
  taintNodesByCondition,
  podSecurity,
  priorityAdmission,
  defaultTolerationSeconds(),
  defaultStorageClass,
  ...(storageProtection ? [storageObjectInUseProtection] : []),
  persistentVolumeClaimResize,
  runtimeClassAdmission,
  defaultIngressClass,
];
