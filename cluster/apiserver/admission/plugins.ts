/** The plug-ins in upstream's order; what is missing in between is not built. */
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import type { BootstrapWriter } from '../authorization/ensure.ts';
import type { AdmissionPlugin, Authorizer } from '../types.ts';
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './certificates.ts';
import { defaultIngressClass, defaultStorageClass } from './default-class.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import type { PolicyPlugins } from './policies/plugins.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { priorityAdmission } from './priority.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClassAdmission } from './runtime-class.ts';
import { serviceAccountAdmission } from './service-account.ts';
import { persistentVolumeClaimResize, storageObjectInUseProtection } from './storage.ts';
import { defaultTolerationSeconds, taintNodesByCondition } from './tolerations.ts';
import type { WebhookPlugins } from './webhooks/plugins.ts';

export interface AdmissionOptions {
  readonly clock: Pick<Clock, 'sleep' | 'now'>;
  readonly random: Random;
  readonly authorizer: Authorizer;
  /** Writes as the server itself: what quotas are charged. */
  readonly writer: Pick<BootstrapWriter, 'update'>;
  /**
   * Adds the protection finalizers to volumes and claims. Only where the protection controllers run: nobody else takes them off.
   */
  readonly storageProtection?: boolean;
  readonly policies?: PolicyPlugins;
  readonly webhooks?: WebhookPlugins;
}

export const admissionPlugins = ({
  clock,
  random,
  authorizer,
  writer,
  storageProtection = false,
  policies,
  webhooks,
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
  certificateApproval(authorizer),
  certificateSigning(authorizer),
  certificateSubjectRestriction,
  defaultIngressClass,
  ...(policies?.mutating ? [policies.mutating] : []),
  ...(webhooks ? [webhooks.mutating] : []),
  ...(policies ? [policies.validating] : []),
  ...(webhooks ? [webhooks.validating] : []),
  // The last word: what is refused by others is not charged.
  resourceQuota({ clock, writer }),
];
