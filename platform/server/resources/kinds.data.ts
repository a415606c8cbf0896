/** Which native kinds are listed, by KubeSphere's names for them. Others come with the feature that has them. */

export interface ListedKind {
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
}

const kinds = (group: string, version: string, namespaced: boolean, ...names: string[]): [string, ListedKind][] =>
  names.map(name => [name, { group, version, namespaced }]);

export const listedKinds: ReadonlyMap<string, ListedKind> = new Map([
  ...kinds('', 'v1', false, 'namespaces', 'nodes', 'persistentvolumes'),
  ...kinds(
    '',
    'v1',
    true,
    'configmaps',
    'endpoints',
    'events',
    'limitranges',
    'persistentvolumeclaims',
    'pods',
    'podtemplates',
    'replicationcontrollers',
    'resourcequotas',
    'secrets',
    'serviceaccounts',
    'services',
  ),
  ...kinds('apps', 'v1', true, 'controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'),
  ...kinds('batch', 'v1', true, 'cronjobs', 'jobs'),
  ...kinds('autoscaling', 'v2', true, 'horizontalpodautoscalers'),
  ...kinds('policy', 'v1', true, 'poddisruptionbudgets'),
  ...kinds('networking.k8s.io', 'v1', true, 'ingresses', 'networkpolicies'),
  ...kinds('rbac.authorization.k8s.io', 'v1', true, 'rolebindings', 'roles'),
  ...kinds('rbac.authorization.k8s.io', 'v1', false, 'clusterrolebindings', 'clusterroles'),
  ...kinds('storage.k8s.io', 'v1', false, 'storageclasses'),
  ...kinds('apiextensions.k8s.io', 'v1', false, 'customresourcedefinitions'),
]);
