/** Which functions validate which resource, by `group/resource`: validation looks at one (the preferred) version only. */
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import * as admission from './admissionregistration/validation.ts';
import * as policies from './admissionregistration/policy-validation.ts';
import * as counts from './apps/status-validation.ts';
import * as apps from './apps/validation.ts';
import * as cron from './batch/cron-validation.ts';
import { validateJobStatus } from './batch/status-validation.ts';
import * as autoscaling from './autoscaling/validation.ts';
import * as batch from './batch/validation.ts';
import * as certificates from './certificates/validation.ts';
import * as claims from './core/claim-validation.ts';
import { validateLimitRange } from './core/limit-range-validation.ts';
import * as nodes from './core/node-validation.ts';
import { validateLease } from './coordination/validation.ts';
import * as persistent from './core/persistent-validation.ts';
import { validatePodStatus } from './core/pod-status-validation.ts';
import { validatePodUpdate } from './core/pod-update-validation.ts';
import { validatePod } from './core/pod-validation.ts';
import * as quota from './core/quota-validation.ts';
import * as secrets from './core/secret-validation.ts';
import * as services from './core/service-update-validation.ts';
import { validateService } from './core/service-validation.ts';
import * as core from './core/validation.ts';
import * as events from './events/validation.ts';
import { validateApiService, validateApiServiceStatus } from './extension/validation.ts';
import * as discovery from './discovery/validation.ts';
import { judgedAgain, judgedTwice } from './judged-twice.ts';
import * as levels from './flowcontrol/level-validation.ts';
import * as schemas from './flowcontrol/schema-validation.ts';
import { anyName, dns1035Name, labelName, pathSegmentName } from './meta.ts';
import type { NameRule } from './meta.ts';
import * as ingress from './networking/ingress-validation.ts';
import * as networking from './networking/validation.ts';
import * as node from './node/validation.ts';
import * as policy from './policy/validation.ts';
import * as rbac from './rbac/validation.ts';
import * as classes from './resource/class-validation.ts';
import * as slices from './resource/slice-validation.ts';
import * as resource from './resource/validation.ts';
import * as scheduling from './scheduling/validation.ts';
import * as drivers from './storage/driver-validation.ts';
import * as storage from './storage/validation.ts';
import type { EventsV1Event } from './types.data.ts';

export interface Validators {
  readonly nameRule?: NameRule;
  /** Finalizers need no domain. */
  readonly anyFinalizer?: boolean;
  /** What is not checked yet. */
  readonly without?: string;
  /** Everything but metadata. */
  create?(object: KubeObject): FieldError[];
  /** Everything but metadata; `create` alone where absent. */
  update?(object: KubeObject, old: KubeObject): FieldError[];
  status?(object: KubeObject, old: KubeObject): FieldError[];
  /**
   * A change with its metadata, instead of `update`: upstream looks at some objects several times over, and tells what it finds each time.
   */
  updateAll?(object: KubeObject, old: KubeObject, metadata: MetadataRules): FieldError[];
  /** A new object with its metadata, instead of `create`. */
  createAll?(object: KubeObject, metadata: Pick<MetadataRules, 'asNew'>): FieldError[];
}

/** What is wrong with the metadata of a changed object, by the rules for new and for changed ones. */
export interface MetadataRules {
  asNew(): FieldError[];
  asChanged(): FieldError[];
}

type Create<T> = (object: T) => FieldError[];
type Update<T> = (object: T, old: T) => FieldError[];
type UpdateAll<T> = (object: T, old: T, metadata: MetadataRules) => FieldError[];
type CreateAll<T> = (object: T, metadata: Pick<MetadataRules, 'asNew'>) => FieldError[];

interface More<T> {
  nameRule?: NameRule;
  anyFinalizer?: boolean;
  without?: string;
  status?: Update<T>;
  updateAll?: UpdateAll<T>;
  createAll?: CreateAll<T>;
}

/** The registry hands each function only objects of its own kind. */
function rules<T extends KubeObject>(create: Create<T>, update?: Update<T>, more?: More<T>): Validators {
  return { create, ...(update && { update }), ...more } as unknown as Validators;
}

/** Kinds whose metadata is all there is to check. */
const nothingElse: Create<KubeObject> = () => [];

export const validators: Readonly<Record<string, Validators>> = {
  '/pods': rules(validatePod, undefined, { updateAll: validatePodUpdate, status: validatePodStatus }),
  '/podtemplates': rules(core.validatePodTemplateKind),
  '/replicationcontrollers': rules(core.validateReplicationController, undefined, {
    updateAll: core.validateReplicationControllerUpdate,
    status: core.validateReplicationControllerStatus,
  }),
  '/services': rules(validateService, undefined, {
    nameRule: dns1035Name,
    updateAll: services.validateServiceUpdate,
    status: services.validateServiceStatus,
  }),
  '/endpoints': rules(core.validateEndpoints, undefined, { updateAll: core.validateEndpointsUpdate }),
  '/nodes': rules(nodes.validateNode, undefined, {
    updateAll: nodes.validateNodeUpdate,
    status: nodes.validateNodeChange,
  }),
  '/events': rules(events.validateEvent, undefined, {
    createAll: events.validateEventCreate,
    updateAll: events.validateEvent,
  }),
  '/namespaces': rules(core.validateNamespace, undefined, {
    nameRule: labelName,
    updateAll: core.validateNamespaceUpdate,
    status: core.validateNamespaceStatus,
  }),
  '/secrets': rules(secrets.validateSecret, undefined, { updateAll: secrets.validateSecretUpdate }),
  '/configmaps': rules(secrets.validateConfigMap, undefined, { updateAll: secrets.validateConfigMapUpdate }),
  '/serviceaccounts': rules(nothingElse, undefined, {
    updateAll: (_account, _old, metadata) => [...metadata.asChanged(), ...metadata.asNew()],
  }),
  '/limitranges': rules(validateLimitRange, undefined, {
    updateAll: (range, _old, metadata) => [...metadata.asNew(), ...validateLimitRange(range)],
  }),
  '/resourcequotas': rules(quota.validateResourceQuota, quota.validateResourceQuotaUpdate, {
    status: quota.validateResourceQuotaStatus,
  }),
  '/persistentvolumes': rules(persistent.validatePersistentVolume, undefined, {
    updateAll: persistent.validatePersistentVolumeUpdate,
  }),
  '/persistentvolumeclaims': rules(claims.validatePersistentVolumeClaim, undefined, {
    updateAll: claims.validateClaimUpdate,
    status: claims.validateClaimStatus,
  }),
  'apps/deployments': rules(apps.validateDeployment, apps.validateDeploymentUpdate, {
    status: counts.validateDeploymentStatus,
  }),
  'apps/replicasets': rules(apps.validateReplicaSet, undefined, {
    updateAll: judgedTwice(apps.validateReplicaSet, apps.validateReplicaSetUpdate),
    status: counts.validateReplicaSetStatus,
  }),
  'apps/daemonsets': rules(apps.validateDaemonSet, undefined, {
    updateAll: judgedTwice(apps.validateDaemonSet, apps.validateDaemonSetUpdate),
    status: counts.validateDaemonSetStatus,
  }),
  'apps/statefulsets': rules(apps.validateStatefulSet, apps.validateStatefulSetUpdate, {
    status: counts.validateStatefulSetStatus,
  }),
  'apps/controllerrevisions': rules(apps.validateControllerRevision, apps.validateControllerRevisionUpdate),
  'batch/jobs': rules(batch.validateJob, undefined, {
    updateAll: judgedTwice(batch.validateJob, batch.validateJobUpdate),
    status: validateJobStatus,
  }),
  'batch/cronjobs': rules(cron.validateCronJob, cron.validateCronJobUpdate),
  'autoscaling/horizontalpodautoscalers': rules(autoscaling.validateAutoscaler, undefined, {
    status: autoscaling.validateAutoscalerStatus,
  }),
  'policy/poddisruptionbudgets': rules(policy.validateDisruptionBudget, undefined, {
    nameRule: pathSegmentName,
    status: policy.validateDisruptionBudgetStatus,
  }),
  'networking.k8s.io/ingresses': rules(ingress.validateIngress, ingress.validateIngressUpdate, {
    status: ingress.validateIngressStatus,
  }),
  'networking.k8s.io/ingressclasses': rules(ingress.validateIngressClass, ingress.validateIngressClassUpdate),
  'networking.k8s.io/networkpolicies': rules(networking.validateNetworkPolicy, networking.validateNetworkPolicyUpdate),
  'networking.k8s.io/ipaddresses': rules(networking.validateIpAddress, networking.validateIpAddressUpdate, {
    nameRule: networking.ipName,
  }),
  'networking.k8s.io/servicecidrs': rules(networking.validateServiceCidr, networking.validateServiceCidrUpdate),
  'discovery.k8s.io/endpointslices': rules(discovery.validateEndpointSlice, discovery.validateEndpointSliceUpdate),
  'rbac.authorization.k8s.io/roles': rules(rbac.validateRole, undefined, {
    nameRule: pathSegmentName,
    updateAll: judgedAgain(rbac.validateRole),
  }),
  'rbac.authorization.k8s.io/clusterroles': rules(rbac.validateClusterRole, undefined, {
    nameRule: pathSegmentName,
    updateAll: judgedAgain(rbac.validateClusterRole),
  }),
  'rbac.authorization.k8s.io/rolebindings': rules(rbac.validateRoleBinding, undefined, {
    nameRule: pathSegmentName,
    updateAll: judgedAgain(rbac.validateRoleBinding, rbac.validateRoleRefUpdate),
  }),
  'rbac.authorization.k8s.io/clusterrolebindings': rules(rbac.validateClusterRoleBinding, undefined, {
    nameRule: pathSegmentName,
    updateAll: judgedAgain(rbac.validateClusterRoleBinding, rbac.validateRoleRefUpdate),
  }),
  'storage.k8s.io/storageclasses': rules(storage.validateStorageClass, storage.validateStorageClassUpdate),
  'storage.k8s.io/csidrivers': rules(drivers.validateCsiDriver, drivers.validateCsiDriverUpdate),
  'storage.k8s.io/csinodes': rules(drivers.validateCsiNode, drivers.validateCsiNodeUpdate),
  'storage.k8s.io/volumeattachments': rules(storage.validateVolumeAttachment, storage.validateVolumeAttachmentUpdate, {
    status: storage.validateVolumeAttachmentStatus,
  }),
  'storage.k8s.io/csistoragecapacities': rules(drivers.validateStorageCapacity, drivers.validateStorageCapacityUpdate),
  'storage.k8s.io/volumeattributesclasses': rules(
    storage.validateVolumeAttributesClass,
    storage.validateVolumeAttributesClassUpdate,
  ),
  'scheduling.k8s.io/priorityclasses': rules(scheduling.validatePriorityClass, scheduling.validatePriorityClassUpdate),
  'coordination.k8s.io/leases': rules(validateLease),
  'node.k8s.io/runtimeclasses': rules(node.validateRuntimeClass, node.validateRuntimeClassUpdate),
  'admissionregistration.k8s.io/validatingwebhookconfigurations': rules(
    admission.validateWebhooks,
    admission.validateWebhooksUpdate,
  ),
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': rules(
    admission.validateWebhooks,
    admission.validateWebhooksUpdate,
  ),
  'admissionregistration.k8s.io/validatingadmissionpolicies': rules(policies.validateAdmissionPolicy, undefined, {
    status: policies.validateAdmissionPolicyStatus,
    without: 'CEL',
  }),
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': rules(policies.validateAdmissionPolicyBinding),
  // The API server checks definitions: what they allow depends on what it serves.
  'apiextensions.k8s.io/customresourcedefinitions': rules(nothingElse, undefined, {
    anyFinalizer: true,
    without: 'CEL',
  }),
  'apiregistration.k8s.io/apiservices': rules(validateApiService, undefined, {
    nameRule: pathSegmentName,
    status: validateApiServiceStatus,
  }),
  'certificates.k8s.io/certificatesigningrequests': rules(
    certificates.validateSigningRequest,
    certificates.validateSigningRequestUpdate,
    {
      nameRule: anyName,
      without: 'the parsed request',
    },
  ),
  'events.k8s.io/events': rules<EventsV1Event>(() => [], undefined, {
    createAll: events.validateNewEventCreate,
    updateAll: events.validateNewEventUpdate,
  }),
  'flowcontrol.apiserver.k8s.io/flowschemas': rules(schemas.validateFlowSchema, undefined, {
    status: schemas.validateFlowSchemaStatus,
  }),
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': rules(levels.validatePriorityLevel, undefined, {
    status: levels.validatePriorityLevelStatus,
  }),
  'resource.k8s.io/deviceclasses': rules(classes.validateDeviceClass, classes.validateDeviceClassUpdate, {
    without: 'CEL',
  }),
  'resource.k8s.io/resourceclaims': rules(resource.validateResourceClaim, resource.validateResourceClaimUpdate, {
    status: resource.validateResourceClaimStatus,
    without: 'CEL',
  }),
  'resource.k8s.io/resourceclaimtemplates': rules(
    resource.validateResourceClaimTemplate,
    resource.validateResourceClaimTemplateUpdate,
    { without: 'CEL' },
  ),
  'resource.k8s.io/resourceslices': rules(slices.validateResourceSlice, slices.validateResourceSliceUpdate),
};
