/** What the OpenAPI document does not tell about resources; reviewed by hand, checked against recorded discovery answers. */

/** The served groups in upstream's order of preference, with their versions, best first. */
export const groups: readonly { name: string; versions: readonly string[] }[] = [
  { name: '', versions: ['v1'] },
  { name: 'apiregistration.k8s.io', versions: ['v1'] },
  { name: 'apps', versions: ['v1'] },
  { name: 'events.k8s.io', versions: ['v1'] },
  { name: 'authentication.k8s.io', versions: ['v1'] },
  { name: 'authorization.k8s.io', versions: ['v1'] },
  { name: 'autoscaling', versions: ['v2', 'v1'] },
  { name: 'batch', versions: ['v1'] },
  { name: 'certificates.k8s.io', versions: ['v1'] },
  { name: 'networking.k8s.io', versions: ['v1'] },
  { name: 'policy', versions: ['v1'] },
  { name: 'rbac.authorization.k8s.io', versions: ['v1'] },
  { name: 'storage.k8s.io', versions: ['v1'] },
  { name: 'admissionregistration.k8s.io', versions: ['v1'] },
  { name: 'apiextensions.k8s.io', versions: ['v1'] },
  { name: 'scheduling.k8s.io', versions: ['v1'] },
  { name: 'coordination.k8s.io', versions: ['v1'] },
  { name: 'node.k8s.io', versions: ['v1'] },
  { name: 'discovery.k8s.io', versions: ['v1'] },
  { name: 'resource.k8s.io', versions: ['v1'] },
  { name: 'flowcontrol.apiserver.k8s.io', versions: ['v1'] },
];

/** By `plural.group`. */
export const shortNames: Readonly<Record<string, readonly string[]>> = {
  componentstatuses: ['cs'],
  configmaps: ['cm'],
  endpoints: ['ep'],
  events: ['ev'],
  limitranges: ['limits'],
  namespaces: ['ns'],
  nodes: ['no'],
  persistentvolumeclaims: ['pvc'],
  persistentvolumes: ['pv'],
  pods: ['po'],
  replicationcontrollers: ['rc'],
  resourcequotas: ['quota'],
  serviceaccounts: ['sa'],
  services: ['svc'],
  'daemonsets.apps': ['ds'],
  'deployments.apps': ['deploy'],
  'replicasets.apps': ['rs'],
  'statefulsets.apps': ['sts'],
  'events.events.k8s.io': ['ev'],
  'horizontalpodautoscalers.autoscaling': ['hpa'],
  'cronjobs.batch': ['cj'],
  'certificatesigningrequests.certificates.k8s.io': ['csr'],
  'ingresses.networking.k8s.io': ['ing'],
  'ipaddresses.networking.k8s.io': ['ip'],
  'networkpolicies.networking.k8s.io': ['netpol'],
  'poddisruptionbudgets.policy': ['pdb'],
  'storageclasses.storage.k8s.io': ['sc'],
  'volumeattributesclasses.storage.k8s.io': ['vac'],
  'customresourcedefinitions.apiextensions.k8s.io': ['crd', 'crds'],
  'priorityclasses.scheduling.k8s.io': ['pc'],
};

/** By `plural.group`. */
export const categories: Readonly<Record<string, readonly string[]>> = {
  pods: ['all'],
  replicationcontrollers: ['all'],
  services: ['all'],
  'daemonsets.apps': ['all'],
  'deployments.apps': ['all'],
  'replicasets.apps': ['all'],
  'statefulsets.apps': ['all'],
  'horizontalpodautoscalers.autoscaling': ['all'],
  'cronjobs.batch': ['all'],
  'jobs.batch': ['all'],
  'apiservices.apiregistration.k8s.io': ['api-extensions'],
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': ['api-extensions'],
  'validatingwebhookconfigurations.admissionregistration.k8s.io': ['api-extensions'],
  'validatingadmissionpolicies.admissionregistration.k8s.io': ['api-extensions'],
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': ['api-extensions'],
  'customresourcedefinitions.apiextensions.k8s.io': ['api-extensions'],
};

/** Kinds whose bytes are stored under another version or group than the one asked for, by `plural.group/version`. */
export const storedAs: Readonly<Record<string, { group: string; version: string }>> = {
  'events.events.k8s.io/v1': { group: '', version: 'v1' },
  'horizontalpodautoscalers.autoscaling/v1': { group: 'autoscaling', version: 'v2' },
};
