/**
 * The role templates: what custom roles are made of, by scope. Names are 4.x's, `<scope>-<verb>-<thing>`; those that only 3.4 has are named
 * in the same way. What 3.x called otherwise stands in `renamed`.
 */
import { groups, type PolicyRule } from '@orrery/platform-kinds';
import type { Verb } from './template-words.data.ts';

export const scopes = ['global', 'cluster', 'workspace', 'namespace', 'devops'] as const;
export type RoleScope = (typeof scopes)[number];

export interface TemplateFacts {
  readonly verb: Verb;
  readonly thing: string;
  readonly category: string;
  /** What the console's permission map gets, as 3.x's annotation says it. */
  readonly grants: Readonly<Record<string, 'view' | 'create' | 'manage'>>;
  /** Names in the same scope, without the scope. */
  readonly needs?: readonly string[];
  readonly rules: readonly PolicyRule[];
  /** The built-in roles that have it. */
  readonly to?: readonly string[];
}

const read = ['get', 'list', 'watch'];
const all = ['*'];
/** All but `bind`, `escalate` and `impersonate`, which would give more than the thing itself. */
export const write = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const rule = (verbs: string[], group: string | string[], ...resources: string[]): PolicyRule => ({
  verbs,
  apiGroups: typeof group === 'string' ? [group] : group,
  resources,
});
const rbac = 'rbac.authorization.k8s.io';
const apps = 'application.kubesphere.io';
const devops = 'devops.kubesphere.io';
const gitops = 'gitops.kubesphere.io';
const alerting = 'alerting.kubesphere.io';
const monitoring = 'monitoring.kubesphere.io';
const snapshots = 'snapshot.storage.k8s.io';
const crds = 'apiextensions.k8s.io';

type Grants = TemplateFacts['grants'];
const grants = (level: 'view' | 'create' | 'manage', ...names: string[]): Grants =>
  Object.fromEntries(names.map(name => [name, level]));

type More = Partial<Pick<TemplateFacts, 'needs' | 'to' | 'grants'>>;

/** `area` is what the console's permission map calls it, the thing's own name unless given. */
const template = (
  name: `${Verb}-${string}`,
  category: string,
  rules: readonly PolicyRule[],
  more: More & { area?: string } = {},
): TemplateFacts => {
  const dash = name.indexOf('-');
  const verb = name.slice(0, dash) as Verb;
  const thing = name.slice(dash + 1);
  const level = verb === 'delete' ? 'manage' : verb;
  const { area = thing, ...rest } = more;
  return { verb, thing, category, rules, grants: { [area]: level }, ...rest };
};

const clusterThings = ['nodes', 'persistentvolumes', 'namespaces'];
const workloadGroups = ['app.k8s.io', 'apps', 'autoscaling', 'batch', 'policy'];
const workloadAreas = [
  'applications',
  'deployments',
  'statefulsets',
  'daemonsets',
  'jobs',
  'cronjobs',
  'pods',
  'services',
  'ingresses',
];
const shownWorkloads = [
  'events',
  'endpoints',
  'pods',
  'pods/log',
  'pods/status',
  'podtemplates',
  'replicationcontrollers',
  'replicationcontrollers/scale',
  'replicationcontrollers/status',
  'services',
  'services/status',
];
const madeWorkloads = [
  'endpoints',
  'pods',
  'pods/attach',
  'pods/binding',
  'pods/ephemeralcontainers',
  'pods/eviction',
  'pods/exec',
  'pods/log',
  'pods/portforward',
  'pods/proxy',
  'pods/resize',
  'pods/status',
  'podtemplates',
  'replicationcontrollers',
  'replicationcontrollers/scale',
  'services',
  'services/proxy',
];
const viewWorkloads = [
  rule(read, '', ...shownWorkloads),
  rule(read, workloadGroups, '*'),
  rule(read, ['discovery.k8s.io', 'events.k8s.io'], '*'),
  rule(read, 'networking.k8s.io', 'ingresses', 'ingresses/status'),
  rule(read, 'gateway.networking.k8s.io', '*'),
];
const manageWorkloads = [
  rule(write, '', ...madeWorkloads),
  rule(write, workloadGroups, '*'),
  rule(write, 'networking.k8s.io', 'ingresses'),
  rule(write, 'gateway.networking.k8s.io', '*'),
];
const parts = ['workspacemembers', 'workspaceroles', 'workspacerolebindings', 'groups', 'groupbindings'];
const quotas = rule(read, groups.quota, 'resourcequotas');

const global: readonly TemplateFacts[] = [
  template('view-clusters', 'clusters-management', [
    rule(read, groups.cluster, 'clusters', 'labels'),
    rule(read, '', ...clusterThings),
    rule(read, 'storage.k8s.io', 'storageclasses'),
    rule(read, crds, 'customresourcedefinitions'),
    rule(read, groups.iam, 'clustermembers', 'clusterroles'),
  ]),
  template(
    'manage-clusters',
    'clusters-management',
    [
      rule(all, groups.cluster, '*'),
      rule(write, '', 'nodes', 'persistentvolumes'),
      rule(write, 'storage.k8s.io', 'storageclasses'),
      rule(write, groups.iam, 'clustermembers', 'clusterroles'),
    ],
    { needs: ['view-clusters'] },
  ),
  template('view-workspaces', 'access-control', [
    rule(read, groups.tenant, 'workspaces', 'namespaces'),
    rule(read, devops, 'devopsprojects'),
    rule(read, groups.iam, ...parts),
    quotas,
  ]),
  template('manage-workspaces', 'access-control', [
    // Whoever gives a workspace's admin his role must hold all of the workspace.
    rule(all, groups.tenant, '*', 'namespaces'),
    rule(all, devops, 'devopsprojects'),
    rule(all, groups.iam, ...parts),
    rule(all, groups.quota, 'resourcequotas'),
  ]),
  template('create-workspaces', 'access-control', [rule(['create'], groups.tenant, 'workspaces')], {
    to: ['platform-self-provisioner'],
  }),
  template('view-users', 'access-control', [rule(read, groups.iam, 'users', 'users/loginrecords')]),
  template('manage-users', 'access-control', [rule(all, groups.iam, 'users', 'users/password', 'users/loginrecords')]),
  template('view-roles', 'access-control', [rule(read, groups.iam, 'globalroles')], { needs: ['view-users'] }),
  template('manage-roles', 'access-control', [rule(all, groups.iam, 'globalroles')]),
  template('view-app-templates', 'apps-management', [rule(read, apps, 'apps', 'apps/versions', 'categories')], {
    to: ['platform-regular'],
  }),
  template('manage-app-templates', 'apps-management', [rule(all, apps, '*')], { needs: ['view-app-templates'] }),
  template('manage-platform-settings', 'platform-settings', [
    rule(all, ['logging.kubesphere.io', 'notification.kubesphere.io', 'config.kubesphere.io'], '*'),
  ]),
];

const viewer = { to: ['cluster-viewer'] };
const cluster: readonly TemplateFacts[] = [
  template('view-crds', 'cluster-resources-management', [rule(read, crds, 'customresourcedefinitions')], {
    area: 'customresources',
    ...viewer,
  }),
  template('manage-crds', 'cluster-resources-management', [rule(write, crds, 'customresourcedefinitions')], {
    area: 'customresources',
  }),
  template('view-components', 'cluster-resources-management', [
    rule(read, '', 'componentstatuses'),
    rule(read, 'resources.kubesphere.io', 'components', 'componenthealth'),
  ], viewer),
  template('view-nodes', 'cluster-resources-management', [
    rule(read, '', 'nodes', 'nodes/status'),
    rule(read, 'metrics.k8s.io', 'nodes'),
  ], viewer),
  template(
    'manage-nodes',
    'cluster-resources-management',
    [rule(write, '', 'nodes', 'nodes/status'), rule(read, '', 'pods'), rule(['create'], '', 'pods/eviction')],
    { needs: ['view-nodes'] },
  ),
  template('view-projects', 'project-resources-management', [
    rule(read, '', 'namespaces', 'limitranges', 'resourcequotas'),
  ], viewer),
  template('manage-projects', 'project-resources-management', [
    rule(write, '', 'namespaces', 'limitranges', 'resourcequotas'),
  ], { needs: ['view-projects'] }),
  template('view-app-workloads', 'project-resources-management', [
    ...viewWorkloads,
    rule(read, '', 'configmaps', 'serviceaccounts'),
  ], {
    needs: ['view-projects'],
    grants: grants('view', ...workloadAreas, 'serviceaccounts', 'secrets', 'configmaps'),
    ...viewer,
  }),
  template(
    'manage-app-workloads',
    'project-resources-management',
    [...manageWorkloads, rule(write, '', 'configmaps', 'serviceaccounts', 'secrets')],
    {
      needs: ['view-app-workloads', 'view-projects'],
      grants: grants('manage', ...workloadAreas, 'serviceaccounts', 'secrets', 'configmaps'),
    },
  ),
  template('view-storageclasses', 'storage-management', [rule(read, 'storage.k8s.io', 'storageclasses')], {
    needs: ['view-persistentvolumeclaims'],
    ...viewer,
  }),
  template('manage-storageclasses', 'storage-management', [rule(write, 'storage.k8s.io', 'storageclasses')], {
    needs: ['view-persistentvolumeclaims', 'view-storageclasses'],
  }),
  template('view-persistentvolumeclaims', 'storage-management', [
    rule(read, '', 'persistentvolumeclaims', 'persistentvolumeclaims/status', 'persistentvolumes'),
  ], { ...viewer, grants: grants('view', 'volumes', 'persistentvolumeclaims') }),
  template('manage-persistentvolumeclaims', 'storage-management', [
    rule(write, '', 'persistentvolumeclaims', 'persistentvolumes'),
  ], {
    needs: ['view-persistentvolumeclaims', 'view-storageclasses'],
    grants: grants('manage', 'volumes', 'persistentvolumeclaims'),
  }),
  template('view-volume-snapshots', 'storage-management', [
    rule(read, snapshots, 'volumesnapshots', 'volumesnapshotcontents'),
  ], { needs: ['view-persistentvolumeclaims'], ...viewer }),
  template('manage-volume-snapshots', 'storage-management', [
    rule(write, snapshots, 'volumesnapshots', 'volumesnapshotcontents'),
  ], { needs: ['view-volume-snapshots'] }),
  template('view-volume-snapshot-classes', 'storage-management', [
    rule(read, snapshots, 'volumesnapshotclasses'),
  ], viewer),
  template('manage-volume-snapshot-classes', 'storage-management', [rule(write, snapshots, 'volumesnapshotclasses')], {
    needs: ['view-volume-snapshot-classes'],
  }),
  template('view-network-resources', 'network-management', [
    rule(read, 'networking.k8s.io', 'networkpolicies', 'ingressclasses'),
    rule(read, 'network.kubesphere.io', '*'),
  ], { area: 'networkpolicies', ...viewer }),
  template('manage-network-resources', 'network-management', [
    rule(write, 'networking.k8s.io', 'networkpolicies', 'ingressclasses'),
    rule(all, 'network.kubesphere.io', '*'),
  ], { area: 'networkpolicies', needs: ['view-network-resources'] }),
  template('view-alerting-messages', 'monitoring-alerting', [rule(read, alerting, '*')], { area: 'alerts', ...viewer }),
  template('view-alerting-policies', 'monitoring-alerting', [rule(read, alerting, '*')], {
    area: 'alert-rules',
    needs: ['view-alerting-messages'],
    ...viewer,
  }),
  template('manage-alerting-policies', 'monitoring-alerting', [rule(all, alerting, '*')], {
    area: 'alert-rules',
    needs: ['view-alerting-policies', 'view-alerting-messages'],
  }),
  template('view-cluster-monitoring', 'monitoring-alerting', [rule(read, monitoring, '*')], {
    area: 'monitoring',
    ...viewer,
  }),
  template('manage-cluster-monitoring', 'monitoring-alerting', [rule(all, monitoring, '*')], { area: 'monitoring' }),
  template('view-members', 'access-control', [rule(read, groups.iam, 'clustermembers')], viewer),
  template('manage-members', 'access-control', [rule(all, groups.iam, 'clustermembers')], {
    needs: ['view-roles', 'view-members'],
  }),
  template('view-roles', 'access-control', [rule(read, groups.iam, 'clusterroles')], {
    needs: ['view-members'],
    ...viewer,
  }),
  template('manage-roles', 'access-control', [rule(all, groups.iam, 'clusterroles')], { needs: ['view-roles'] }),
  template('view-cluster-settings', 'cluster-settings', [rule(read, groups.cluster, '*')], viewer),
  template('manage-cluster-settings', 'cluster-settings', [
    rule(['get', 'list', 'watch', 'update', 'patch'], groups.cluster, '*'),
  ]),
];

const workspace: readonly TemplateFacts[] = [
  template('view-workspace-settings', 'workspace-settings', [rule(read, groups.tenant, 'workspaces'), quotas], {
    to: ['viewer', 'regular', 'self-provisioner'],
  }),
  template('manage-workspace-settings', 'workspace-settings', [rule(all, groups.tenant, 'workspaces'), quotas]),
  template('view-projects', 'projects-management', [rule(read, groups.tenant, 'namespaces')], { to: ['viewer'] }),
  template('create-projects', 'projects-management', [rule(['create'], groups.tenant, 'namespaces')], {
    to: ['self-provisioner'],
  }),
  template('manage-projects', 'projects-management', [rule(all, groups.tenant, 'namespaces')], {
    needs: ['view-projects', 'view-members', 'create-projects'],
  }),
  template('view-devops', 'devops-management', [rule(read, devops, 'devopsprojects')], { to: ['viewer'] }),
  template('create-devops', 'devops-management', [rule(['get', 'watch', 'create'], devops, 'devopsprojects')], {
    to: ['self-provisioner'],
  }),
  template('manage-devops', 'devops-management', [rule(all, devops, 'devopsprojects')], {
    needs: ['view-devops', 'view-members', 'create-devops'],
  }),
  template('view-app-repos', 'apps-management', [rule(read, apps, 'repos', 'repos/events')], { to: ['viewer'] }),
  template('manage-app-repos', 'apps-management', [rule(all, apps, 'repos', 'repos/events', 'repos/action')], {
    needs: ['view-app-repos'],
  }),
  template('view-app-templates', 'apps-management', [rule(read, apps, 'apps', 'apps/versions', 'categories')], {
    to: ['viewer', 'self-provisioner'],
  }),
  template('create-app-templates', 'apps-management', [rule(['create'], apps, 'apps', 'apps/versions')], {
    to: ['self-provisioner'],
  }),
  template('delete-app-templates', 'apps-management', [rule(['delete'], apps, 'apps', 'apps/versions')], {
    to: ['self-provisioner'],
  }),
  template('manage-app-templates', 'apps-management', [rule(all, apps, 'apps', 'apps/versions')], {
    needs: ['view-app-templates', 'create-app-templates', 'delete-app-templates'],
    to: ['self-provisioner'],
  }),
  template('view-members', 'access-control', [rule(read, groups.iam, 'workspacemembers')], {
    to: ['viewer', 'regular', 'self-provisioner'],
  }),
  template('manage-members', 'access-control', [
    rule(all, groups.iam, 'workspacemembers'),
    rule(read, groups.iam, 'workspaceroles'),
  ]),
  template('view-roles', 'access-control', [rule(read, groups.iam, 'workspaceroles')], {
    needs: ['view-members'],
    to: ['viewer', 'regular', 'self-provisioner'],
  }),
  template('manage-roles', 'access-control', [rule(all, groups.iam, 'workspaceroles')]),
  template('view-groups', 'access-control', [
    rule(read, groups.iam, 'groups', 'groupbindings', 'workspacerolebindings', 'rolebindings'),
  ], { needs: ['view-roles'], to: ['viewer'] }),
  template('manage-groups', 'access-control', [
    rule(all, groups.iam, 'groups', 'groupbindings', 'workspacerolebindings', 'rolebindings'),
  ]),
];

const shared = ['viewer', 'operator'];
const operator = { to: ['operator'] };
const membersAndRoles: readonly TemplateFacts[] = [
  template('view-members', 'access-control', [rule(read, rbac, 'rolebindings')], { to: shared }),
  template('manage-members', 'access-control', [rule(write, rbac, 'rolebindings'), rule(read, rbac, 'roles')]),
  template('view-roles', 'access-control', [rule(read, rbac, 'roles')], { needs: ['view-members'], to: shared }),
  template('manage-roles', 'access-control', [rule(write, rbac, 'roles')]),
];

const namespace: readonly TemplateFacts[] = [
  ...membersAndRoles,
  template('view-project-settings', 'project-settings', [rule(read, '', 'limitranges', 'resourcequotas', 'resourcequotas/status')], {
    to: shared,
  }),
  template('manage-project-settings', 'project-settings', [
    rule(['delete'], '', 'namespaces'),
    rule(['update'], groups.tenant, 'namespaces'),
    rule(write, '', 'limitranges', 'resourcequotas'),
    rule(write, 'networking.k8s.io', 'networkpolicies'),
  ]),
  template('view-app-workloads', 'application-workloads', viewWorkloads, {
    needs: ['view-persistentvolumeclaims', 'view-secrets', 'view-configmaps'],
    grants: grants('view', ...workloadAreas),
    to: shared,
  }),
  template('manage-app-workloads', 'application-workloads', manageWorkloads, {
    needs: ['view-app-workloads'],
    grants: grants('manage', ...workloadAreas, 'grayscale-release'),
    ...operator,
  }),
  template('view-configmaps', 'configuration-center', [rule(read, '', 'configmaps')], { to: shared }),
  template('manage-configmaps', 'configuration-center', [rule(write, '', 'configmaps')], {
    needs: ['view-configmaps'],
    ...operator,
  }),
  template('view-secrets', 'configuration-center', [rule(read, '', 'secrets')], { to: shared }),
  template('manage-secrets', 'configuration-center', [rule(write, '', 'secrets')], {
    needs: ['view-secrets'],
    ...operator,
  }),
  template('view-serviceaccount', 'configuration-center', [rule(read, '', 'serviceaccounts')], {
    area: 'serviceaccounts',
    needs: ['view-roles', 'view-secrets'],
    to: shared,
  }),
  template('manage-serviceaccount', 'configuration-center', [rule(write, '', 'serviceaccounts', 'serviceaccounts/token')], {
    area: 'serviceaccounts',
    needs: ['view-serviceaccount'],
    ...operator,
  }),
  template('view-persistentvolumeclaims', 'storage-management', [
    rule(read, '', 'persistentvolumeclaims', 'persistentvolumeclaims/status'),
  ], { grants: grants('view', 'volumes', 'persistentvolumeclaims'), needs: ['view-snapshots'], to: shared }),
  template('manage-persistentvolumeclaims', 'storage-management', [rule(write, '', 'persistentvolumeclaims')], {
    grants: grants('manage', 'volumes', 'persistentvolumeclaims'),
    needs: ['view-persistentvolumeclaims', 'manage-snapshots'],
    ...operator,
  }),
  template('view-snapshots', 'storage-management', [rule(read, snapshots, 'volumesnapshots')], {
    area: 'volume-snapshots',
    to: shared,
  }),
  template('manage-snapshots', 'storage-management', [rule(write, snapshots, 'volumesnapshots')], {
    area: 'volume-snapshots',
    needs: ['view-snapshots'],
    ...operator,
  }),
  template('view-alerting-messages', 'monitoring-alerting', [rule(read, alerting, '*')], { area: 'alerts', to: shared }),
  template('view-alerting-policies', 'monitoring-alerting', [rule(read, alerting, '*')], {
    area: 'alert-rules',
    to: shared,
  }),
  template('manage-alerting-policies', 'monitoring-alerting', [rule(all, alerting, '*')], {
    area: 'alert-rules',
    needs: ['view-alerting-policies'],
    ...operator,
  }),
  template('view-custom-monitoring', 'monitoring-alerting', [rule(read, monitoring, '*')], { to: shared }),
  template('manage-custom-monitoring', 'monitoring-alerting', [rule(all, monitoring, '*')], {
    needs: ['view-custom-monitoring'],
    ...operator,
  }),
  template('view-app-releases', 'apps-management', [rule(read, apps, 'applications')], { to: shared }),
  template('create-app-releases', 'apps-management', [rule(['create'], apps, 'applications')], operator),
  template('delete-app-releases', 'apps-management', [rule(['delete'], apps, 'applications')], operator),
  template('manage-app-releases', 'apps-management', [rule(all, apps, 'applications')], {
    needs: ['view-app-releases', 'delete-app-releases', 'create-app-releases'],
    ...operator,
  }),
];

const pipelineThings = ['pipelines', 'clustertemplates', 'clustersteptemplates', 'templates'];
const devopsScope: readonly TemplateFacts[] = [
  ...membersAndRoles,
  template('view-pipelines', 'pipelines-management', [rule(read, devops, ...pipelineThings)], {
    needs: ['view-pipelineruns', 'view-gitrepositories'],
    grants: grants('view', 'pipelines', 'pipelineruns'),
    to: shared,
  }),
  template('manage-pipelines', 'pipelines-management', [rule(all, devops, ...pipelineThings)], {
    needs: ['view-pipelines', 'manage-pipelineruns', 'view-credentials'],
    grants: grants('manage', 'pipelines', 'pipelineruns'),
    ...operator,
  }),
  template('view-pipelineruns', 'pipelines-management', [rule(read, devops, 'pipelineruns', 'pipelineruns/status')], {
    to: shared,
  }),
  template('manage-pipelineruns', 'pipelines-management', [rule(all, devops, 'pipelineruns', 'pipelineruns/status')], {
    needs: ['view-pipelines', 'view-pipelineruns'],
    ...operator,
  }),
  template('view-credentials', 'credentials-management', [rule(read, devops, 'credentials')], { to: shared }),
  template('manage-credentials', 'credentials-management', [rule(all, devops, 'credentials')], {
    needs: ['view-credentials'],
    ...operator,
  }),
  template('view-gitops-applications', 'continuous-deployments-management', [rule(read, gitops, 'applications')], {
    area: 'applications',
    needs: ['view-gitrepositories'],
    to: shared,
  }),
  template('manage-gitops-applications', 'continuous-deployments-management', [rule(all, gitops, 'applications')], {
    area: 'applications',
    needs: ['view-gitops-applications'],
    ...operator,
  }),
  template('view-gitrepositories', 'code-repositories-management', [rule(read, devops, 'gitrepositories')], {
    needs: ['view-credentials'],
    to: shared,
  }),
  template('manage-gitrepositories', 'code-repositories-management', [rule(all, devops, 'gitrepositories')], {
    needs: ['view-gitrepositories'],
    ...operator,
  }),
  template('manage-devops-settings', 'devops-settings', [rule(all, devops, 'devopsprojects')]),
];

export const templates: Readonly<Record<RoleScope, readonly TemplateFacts[]>> = {
  global,
  cluster,
  workspace,
  namespace,
  devops: devopsScope,
};

/** What every custom role of a scope has, so that its holder finds the place at all (3.x's hidden `view-basic`). */
export const basics: Readonly<Record<RoleScope, readonly PolicyRule[]>> = {
  global: [],
  cluster: [],
  workspace: [
    rule(['get'], groups.tenant, 'workspaces'),
    rule(read, groups.iam, 'workspacemembers', 'workspaceroles'),
  ],
  namespace: [rule(read, '', 'namespaces', 'namespaces/status', 'events', 'limitranges')],
  devops: [rule(read, '', 'namespaces'), rule(read, devops, 'devopsprojects')],
};

/** Names of 3.x, and of 4.x where they do not follow from verb and thing, by scope. */
export const renamed: Readonly<Partial<Record<RoleScope, Readonly<Record<string, string>>>>> = {
  global: { 'role-template-manage-app': 'manage-app-templates' },
  cluster: {
    'view-project-resources': 'view-app-workloads',
    'manage-project-resources': 'manage-app-workloads',
    'view-volumes': 'view-persistentvolumeclaims',
    'manage-volumes': 'manage-persistentvolumeclaims',
  },
  workspace: { 'view-create-app-templates': 'create-app-templates' },
  namespace: {
    'view-volumes': 'view-persistentvolumeclaims',
    'manage-volumes': 'manage-persistentvolumeclaims',
  },
};
