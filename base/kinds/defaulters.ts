/** Which function defaults which resource, by `group/version/resource`. */
import type { KubeObject } from '@orrery/machinery/meta';
import * as admission from './admissionregistration/defaults.ts';
import * as apps from './apps/defaults.ts';
import * as autoscaling from './autoscaling/defaults.ts';
import * as batch from './batch/defaults.ts';
import * as core from './core/defaults.ts';
import { defaultPod } from './core/pod-defaults.ts';
import { defaultPersistentVolume, defaultPersistentVolumeClaim } from './core/volume-defaults.ts';
import * as extension from './extension/defaults.ts';
import * as flowcontrol from './flowcontrol/defaults.ts';
import * as networking from './networking/defaults.ts';
import * as rbac from './rbac/defaults.ts';
import * as resource from './resource/defaults.ts';
import * as storage from './storage/defaults.ts';

/** The registry hands each function only objects of its own kind. */
const of = <T extends KubeObject>(apply: (object: T) => void) => apply as (object: KubeObject) => void;

export const defaulters: Readonly<Record<string, (object: KubeObject) => void>> = {
  '/v1/pods': of(defaultPod),
  '/v1/podtemplates': of(core.defaultPodTemplateKind),
  '/v1/replicationcontrollers': of(core.defaultReplicationController),
  '/v1/namespaces': of(core.defaultNamespace),
  '/v1/nodes': of(core.defaultNode),
  '/v1/secrets': of(core.defaultSecret),
  '/v1/services': of(core.defaultService),
  '/v1/endpoints': of(core.defaultEndpoints),
  '/v1/limitranges': of(core.defaultLimitRange),
  '/v1/persistentvolumes': of(defaultPersistentVolume),
  '/v1/persistentvolumeclaims': of(defaultPersistentVolumeClaim),
  'apps/v1/deployments': of(apps.defaultDeployment),
  'apps/v1/replicasets': of(apps.defaultReplicaSet),
  'apps/v1/daemonsets': of(apps.defaultDaemonSet),
  'apps/v1/statefulsets': of(apps.defaultStatefulSet),
  'batch/v1/jobs': of(batch.defaultJob),
  'batch/v1/cronjobs': of(batch.defaultCronJob),
  'autoscaling/v1/horizontalpodautoscalers': of(autoscaling.defaultHorizontalPodAutoscalerV1),
  'autoscaling/v2/horizontalpodautoscalers': of(autoscaling.defaultHorizontalPodAutoscaler),
  'networking.k8s.io/v1/networkpolicies': of(networking.defaultNetworkPolicy),
  'networking.k8s.io/v1/ingressclasses': of(networking.defaultIngressClass),
  'discovery.k8s.io/v1/endpointslices': of(networking.defaultEndpointSlice),
  'rbac.authorization.k8s.io/v1/rolebindings': of(rbac.defaultRoleBinding),
  'rbac.authorization.k8s.io/v1/clusterrolebindings': of(rbac.defaultRoleBinding),
  'storage.k8s.io/v1/storageclasses': of(storage.defaultStorageClass),
  'storage.k8s.io/v1/csidrivers': of(storage.defaultCsiDriver),
  'scheduling.k8s.io/v1/priorityclasses': of(storage.defaultPriorityClass),
  'admissionregistration.k8s.io/v1/validatingwebhookconfigurations': of(admission.defaultValidatingWebhooks),
  'admissionregistration.k8s.io/v1/mutatingwebhookconfigurations': of(admission.defaultMutatingWebhooks),
  'admissionregistration.k8s.io/v1/validatingadmissionpolicies': of(admission.defaultAdmissionPolicy),
  'admissionregistration.k8s.io/v1/validatingadmissionpolicybindings': of(admission.defaultAdmissionPolicyBinding),
  'apiextensions.k8s.io/v1/customresourcedefinitions': of(extension.defaultCustomResourceDefinition),
  'apiregistration.k8s.io/v1/apiservices': of(extension.defaultApiService),
  'flowcontrol.apiserver.k8s.io/v1/flowschemas': of(flowcontrol.defaultFlowSchema),
  'flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations': of(flowcontrol.defaultPriorityLevel),
  'resource.k8s.io/v1/resourceclaims': of(resource.defaultResourceClaim),
  'resource.k8s.io/v1/resourceclaimtemplates': of(resource.defaultResourceClaimTemplate),
};
