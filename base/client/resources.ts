/** Names of the resources that components ask for most. Any other is a plain `{ group, version, resource }`. */
import type { GroupVersionResource } from '@orrery/machinery/meta';

/** A resource whose kind and scope are known without asking the server. */
export interface KnownResource extends GroupVersionResource {
  readonly kind: string;
  readonly namespaced: boolean;
}

const table = <Name extends string>(
  group: string,
  version: string,
  namespaced: boolean,
  kinds: Readonly<Record<Name, string>>,
): Readonly<Record<Name, KnownResource>> =>
  Object.fromEntries(
    Object.entries<string>(kinds).map(([resource, kind]) => [
      resource,
      Object.freeze({ group, version, resource, kind, namespaced }),
    ]),
  ) as Record<Name, KnownResource>;

/** By plural name, e.g. `resources.pods`. `events` are core/v1 Events. */
export const resources = {
  ...table('', 'v1', false, {
    namespaces: 'Namespace',
    nodes: 'Node',
    persistentvolumes: 'PersistentVolume',
  }),
  ...table('', 'v1', true, {
    configmaps: 'ConfigMap',
    endpoints: 'Endpoints',
    events: 'Event',
    limitranges: 'LimitRange',
    persistentvolumeclaims: 'PersistentVolumeClaim',
    pods: 'Pod',
    podtemplates: 'PodTemplate',
    replicationcontrollers: 'ReplicationController',
    resourcequotas: 'ResourceQuota',
    secrets: 'Secret',
    serviceaccounts: 'ServiceAccount',
    services: 'Service',
  }),
  ...table('apps', 'v1', true, {
    controllerrevisions: 'ControllerRevision',
    daemonsets: 'DaemonSet',
    deployments: 'Deployment',
    replicasets: 'ReplicaSet',
    statefulsets: 'StatefulSet',
  }),
  ...table('batch', 'v1', true, { cronjobs: 'CronJob', jobs: 'Job' }),
  ...table('autoscaling', 'v2', true, { horizontalpodautoscalers: 'HorizontalPodAutoscaler' }),
  ...table('policy', 'v1', true, { poddisruptionbudgets: 'PodDisruptionBudget' }),
  ...table('discovery.k8s.io', 'v1', true, { endpointslices: 'EndpointSlice' }),
  ...table('coordination.k8s.io', 'v1', true, { leases: 'Lease' }),
  ...table('networking.k8s.io', 'v1', true, { ingresses: 'Ingress', networkpolicies: 'NetworkPolicy' }),
  ...table('networking.k8s.io', 'v1', false, {
    ingressclasses: 'IngressClass',
    ipaddresses: 'IPAddress',
    servicecidrs: 'ServiceCIDR',
  }),
  ...table('rbac.authorization.k8s.io', 'v1', true, { rolebindings: 'RoleBinding', roles: 'Role' }),
  ...table('rbac.authorization.k8s.io', 'v1', false, {
    clusterrolebindings: 'ClusterRoleBinding',
    clusterroles: 'ClusterRole',
  }),
  ...table('scheduling.k8s.io', 'v1', false, { priorityclasses: 'PriorityClass' }),
  ...table('node.k8s.io', 'v1', false, { runtimeclasses: 'RuntimeClass' }),
  ...table('storage.k8s.io', 'v1', true, { csistoragecapacities: 'CSIStorageCapacity' }),
  ...table('storage.k8s.io', 'v1', false, {
    csidrivers: 'CSIDriver',
    csinodes: 'CSINode',
    storageclasses: 'StorageClass',
    volumeattachments: 'VolumeAttachment',
    volumeattributesclasses: 'VolumeAttributesClass',
  }),
  ...table('resource.k8s.io', 'v1', true, {
    resourceclaims: 'ResourceClaim',
    resourceclaimtemplates: 'ResourceClaimTemplate',
  }),
  ...table('resource.k8s.io', 'v1', false, { deviceclasses: 'DeviceClass', resourceslices: 'ResourceSlice' }),
  ...table('certificates.k8s.io', 'v1', false, { certificatesigningrequests: 'CertificateSigningRequest' }),
  ...table('flowcontrol.apiserver.k8s.io', 'v1', false, {
    flowschemas: 'FlowSchema',
    prioritylevelconfigurations: 'PriorityLevelConfiguration',
  }),
  ...table('apiextensions.k8s.io', 'v1', false, { customresourcedefinitions: 'CustomResourceDefinition' }),
  ...table('apiregistration.k8s.io', 'v1', false, { apiservices: 'APIService' }),
  ...table('admissionregistration.k8s.io', 'v1', false, {
    mutatingwebhookconfigurations: 'MutatingWebhookConfiguration',
    validatingadmissionpolicies: 'ValidatingAdmissionPolicy',
    validatingadmissionpolicybindings: 'ValidatingAdmissionPolicyBinding',
    validatingwebhookconfigurations: 'ValidatingWebhookConfiguration',
  }),
  ...table('authentication.k8s.io', 'v1', false, {
    selfsubjectreviews: 'SelfSubjectReview',
    tokenreviews: 'TokenReview',
  }),
  ...table('authorization.k8s.io', 'v1', false, {
    selfsubjectaccessreviews: 'SelfSubjectAccessReview',
    selfsubjectrulesreviews: 'SelfSubjectRulesReview',
    subjectaccessreviews: 'SubjectAccessReview',
  }),
  ...table('authorization.k8s.io', 'v1', true, { localsubjectaccessreviews: 'LocalSubjectAccessReview' }),
} as const;

/** True, false, or undefined when the resource is not one of {@link resources} and carries no scope of its own. */
export const isNamespaced = (resource: GroupVersionResource): boolean | undefined =>
  (resource as Partial<KnownResource>).namespaced;
