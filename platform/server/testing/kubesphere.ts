/** Installations as KubeSphere 3.4 and 4.1 keep them, for tests. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { customResourceDefinition, kinds, platformResources } from '@orrery/platform-kinds';
import type { Kind, Snapshot } from '../import/shapes.ts';
import { kindFacts } from '../import/kinds.ts';
import { eventually } from './people.ts';

/** bcrypt of `Old-Passw0rd`, at its lowest cost. */
export const oldPassword = 'Old-Passw0rd';
export const oldHash = '$2b$04$tBe2U8tvtfDRysw525lJaeoraRXNb5QNBVPMjEOOMDiD98FwUWTgW';

const rbac = 'rbac.authorization.k8s.io';
const iam = 'iam.kubesphere.io';
const workspace = { 'kubesphere.io/workspace': 'demo' };
const aggregation = (...names: string[]) => ({ 'iam.kubesphere.io/aggregation-roles': JSON.stringify(names) });
const user = (name: string) => ({ kind: 'User', apiGroup: rbac, name });
const binding = (name: string, of: string, kind: string, role: string, more: object = {}) => ({
  metadata: {
    name,
    labels: { 'iam.kubesphere.io/user-ref': of, ...('labels' in more ? (more.labels as object) : {}) },
    ...('namespace' in more ? { namespace: more.namespace as string } : {}),
  },
  roleRef: { apiGroup: 'native' in more ? rbac : iam, kind, name: role },
  subjects: [user(of)],
});

type Loose = KubeObject & Record<string, unknown>;

/** Objects by kind; lists that are left out are empty. */
export type Installation = Partial<Record<Kind, KubeObject[]>>;

const empty = Object.fromEntries(Object.keys(kindFacts).map(kind => [kind, []])) as unknown as Omit<
  Snapshot,
  'cluster'
>;
export const snapshotOf = (objects: Installation, cluster = 'old'): Snapshot =>
  ({ ...empty, ...objects, cluster }) as Snapshot;

const people = (): KubeObject[] =>
  [
    {
      metadata: { name: 'admin' },
      spec: { email: 'admin@example.com', password: oldHash },
      status: { state: 'Active' },
    },
    {
      metadata: {
        name: 'ann',
        annotations: {
          'iam.kubesphere.io/globalrole': 'platform-self-provisioner',
          'kubesphere.io/alias-name': 'Ann',
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
        },
      },
      spec: { email: 'ann@example.com', password: oldHash, groups: ['developers', 'ldap-staff'] },
      status: { state: 'Active', lastLoginTime: '2025-01-01T00:00:00Z' },
    },
    { metadata: { name: 'bob' }, spec: { password: oldHash }, status: { state: 'Disabled' } },
    { metadata: { name: 'plain' }, spec: { password: 'Plain-Passw0rd' } },
    {
      metadata: {
        name: 'lea',
        labels: { 'iam.kubesphere.io/identify-provider': 'staff', 'iam.kubesphere.io/origin-uid': '17' },
        annotations: { 'iam.kubesphere.io/password-encrypted': 'true' },
        finalizers: ['finalizers.kubesphere.io/users'],
      },
      spec: { password: oldHash },
      status: { state: 'AuthLimitExceeded' },
    },
    { metadata: { name: 'system:pre-registration' }, spec: {} },
  ] as Loose[];

const globalBindings = (): KubeObject[] =>
  [
    binding('admin-platform-admin', 'admin', 'GlobalRole', 'platform-admin'),
    binding('ann-platform-self-provisioner', 'ann', 'GlobalRole', 'platform-self-provisioner'),
    binding('bob-platform-regular', 'bob', 'GlobalRole', 'platform-regular'),
    binding('bob-auditors', 'bob', 'GlobalRole', 'auditors'),
    {
      metadata: { name: 'anonymous' },
      roleRef: { apiGroup: iam, kind: 'GlobalRole', name: 'anonymous' },
      subjects: [{ kind: 'Group', name: 'system:unauthenticated', apiGroup: rbac }],
    },
  ] as Loose[];

const shared = (): Installation => ({
  users: people(),
  globalrolebindings: globalBindings(),
  workspacetemplates: [
    {
      metadata: { name: 'demo', annotations: { 'kubesphere.io/creator': 'admin' } },
      spec: {
        template: { spec: { manager: 'ann', networkIsolation: false } },
        placement: { clusters: [{ name: 'host' }, { name: 'far' }] },
      },
    },
    { metadata: { name: 'system-workspace' }, spec: { template: { spec: { manager: 'admin' } } } },
  ] as Loose[],
  workspaceroles: [
    {
      metadata: { name: 'demo-admin', labels: workspace },
      rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    },
    {
      metadata: {
        name: 'demo-lead',
        labels: workspace,
        annotations: aggregation('role-template-view-projects', 'role-template-nonsense'),
      },
    },
  ] as Loose[],
  workspacerolebindings: [
    binding('ann-demo-admin', 'ann', 'WorkspaceRole', 'demo-admin', { labels: workspace }),
    binding('bob-demo-viewer', 'bob', 'WorkspaceRole', 'demo-viewer', { labels: workspace }),
    binding('lea-demo-regular', 'lea', 'WorkspaceRole', 'demo-regular', { labels: workspace }),
    binding('gone-demo-viewer', 'gone', 'WorkspaceRole', 'demo-viewer', { labels: workspace }),
    binding('bob-system-workspace-viewer', 'bob', 'WorkspaceRole', 'system-workspace-viewer', {
      labels: { 'kubesphere.io/workspace': 'system-workspace' },
    }),
  ] as Loose[],
  groups: [{ metadata: { name: 'developers', labels: workspace } }],
  groupbindings: [
    {
      metadata: {
        name: 'developers-ann',
        labels: { ...workspace, 'iam.kubesphere.io/group-ref': 'developers', 'iam.kubesphere.io/user-ref': 'ann' },
      },
      groupRef: { apiGroup: iam, kind: 'Group', name: 'developers' },
      users: ['ann'],
    },
  ] as Loose[],
  workspaceQuotas: [
    { metadata: { name: 'demo' }, spec: { selector: workspace, quota: { hard: { 'limits.cpu': '8' } } } },
  ] as Loose[],
  namespaces: [
    {
      metadata: {
        name: 'shop',
        labels: { ...workspace, 'kubernetes.io/metadata.name': 'shop', team: 'a' },
        annotations: { 'kubesphere.io/creator': 'ann', 'kubesphere.io/network-isolate': 'enabled' },
        ownerReferences: [{ apiVersion: 'tenant.kubesphere.io/v1alpha1', kind: 'Workspace', name: 'demo', uid: 'u' }],
      },
    },
    { metadata: { name: 'pipes', labels: { ...workspace, 'kubesphere.io/devopsproject': 'pipes' } } },
    { metadata: { name: 'ci', labels: { ...workspace, 'kubesphere.io/devopsproject': 'ci' } } },
    { metadata: { name: 'tools', labels: { 'kubesphere.io/workspace': 'system-workspace' } } },
    { metadata: { name: 'orphan', labels: { 'kubesphere.io/workspace': 'nowhere' } } },
    { metadata: { name: 'kube-system', uid: 'old', labels: { 'kubesphere.io/workspace': 'system-workspace' } } },
  ],
  devopsprojects: [
    {
      metadata: {
        name: 'ci',
        labels: workspace,
        annotations: { 'kubesphere.io/creator': 'ann', 'devopsproject.devops.kubesphere.io/syncstatus': 'successful' },
        finalizers: ['devopsproject.finalizers.kubesphere.io'],
      },
      spec: {},
      status: { adminNamespace: 'ci' },
    },
    { metadata: { name: 'homeless', labels: { 'kubesphere.io/workspace': 'nowhere' } }, spec: {} },
  ] as Loose[],
  namespacenetworkpolicies: [
    {
      metadata: { name: 'from-ci', namespace: 'shop' },
      spec: { ingress: [{ from: [{ namespace: { name: 'ci' } }] }] },
    },
  ] as Loose[],
  rolebindings: [
    binding('ann-admin', 'ann', 'Role', 'admin', { namespace: 'ci', native: true }),
    binding('lea-operator', 'lea', 'Role', 'operator', { namespace: 'ci', native: true }),
    {
      metadata: { name: 'extra', namespace: 'shop' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'edit' },
      subjects: [user('bob')],
    },
    {
      metadata: { name: 'robot-viewer', namespace: 'shop' },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'viewer' },
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'shop' }],
    },
    binding('ann-admin', 'ann', 'Role', 'admin', { namespace: 'shop', native: true }),
    binding('bob-operator', 'bob', 'Role', 'operator', { namespace: 'shop', native: true }),
    {
      metadata: { name: 'builders', namespace: 'shop' },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'builder' },
      subjects: [{ kind: 'ServiceAccount', name: 'builder', namespace: 'shop' }],
    },
  ] as Loose[],
  resourcequotas: [{ metadata: { name: 'shop', namespace: 'shop' }, spec: { hard: { pods: '9' } } }] as Loose[],
  limitranges: [
    { metadata: { name: 'shop', namespace: 'shop' }, spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } },
  ] as Loose[],
});

const greedy = [{ verbs: ['get', 'escalate'], apiGroups: [rbac], resources: ['clusterroles'] }];

/** 3.4: custom roles are native ones with an annotation. */
export const threeFour = (): Installation => ({
  ...shared(),
  globalroles: [
    { metadata: { name: 'platform-admin' }, rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] },
    {
      metadata: { name: 'role-template-view-users', labels: { 'iam.kubesphere.io/role-template': 'true' } },
      rules: [],
    },
    {
      metadata: { name: 'auditors', annotations: { 'iam.kubesphere.io/rego-override': 'package authz' } },
      rules: greedy,
    },
  ] as Loose[],
  roles: [
    { metadata: { name: 'admin', namespace: 'shop' }, rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] },
    {
      metadata: { name: 'packer', namespace: 'shop', annotations: aggregation('role-template-view-basic') },
      rules: [],
    },
    { metadata: { name: 'builder', namespace: 'shop' }, rules: [] },
    ...['role-template-view-pipelines', 'role-template-view-basic', 'role-template-view-boards'].map(name => ({
      metadata: { name, namespace: 'ci', labels: { 'iam.kubesphere.io/role-template': 'true' } },
      rules: [{ verbs: ['get'], apiGroups: ['devops.kubesphere.io'], resources: ['pipelines'] }],
    })),
    {
      metadata: { name: 'runner', namespace: 'ci', annotations: aggregation('role-template-view-pipelines') },
      rules: [],
    },
  ] as Loose[],
  clusterroles: [
    { metadata: { name: 'node-watcher', annotations: aggregation('role-template-view-nodes') }, rules: [] },
  ] as Loose[],
  clusterrolebindings: [
    binding('bob-node-watcher', 'bob', 'ClusterRole', 'node-watcher', { native: true }),
    {
      metadata: { name: 'cni' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cni' },
      subjects: [{ kind: 'ServiceAccount', name: 'cni', namespace: 'kube-system' }],
    },
  ] as Loose[],
});

/** 4.1: kinds of their own, and native ones that follow. */
export const fourOne = (): Installation => ({
  ...shared(),
  globalroles: [{ metadata: { name: 'auditors' }, rules: greedy }] as Loose[],
  categories: [
    { metadata: { name: 'widgets' }, spec: { displayName: { en: 'Widgets' } } },
    { metadata: { name: 'access-control' }, spec: { displayName: { en: 'Access' } } },
  ] as Loose[],
  roletemplates: [
    { metadata: { name: 'global-view-users', labels: { 'iam.kubesphere.io/scope': 'global' } }, spec: { rules: [] } },
    {
      metadata: { name: 'namespace-manage-widgets', labels: { 'iam.kubesphere.io/scope': 'namespace' } },
      spec: {
        displayName: { en: 'Widgets' },
        rules: [{ verbs: ['get', 'bind'], apiGroups: ['apps'], resources: ['deployments'] }],
      },
    },
    { metadata: { name: 'aimless' }, spec: { rules: [] } },
  ] as Loose[],
  iamRoles: [
    {
      metadata: { name: 'packer', namespace: 'shop' },
      aggregationRoleTemplates: { templateNames: ['namespace-manage-widgets'] },
    },
    {
      metadata: { name: 'runner', namespace: 'ci' },
      aggregationRoleTemplates: { templateNames: ['devops-view-pipelines'] },
    },
  ] as Loose[],
  iamRoleBindings: [binding('bob-packer', 'bob', 'Role', 'packer', { namespace: 'shop' })] as Loose[],
  iamClusterRoles: [
    { metadata: { name: 'node-watcher' }, aggregationRoleTemplates: { templateNames: ['cluster-view-nodes'] } },
  ] as Loose[],
  iamClusterRoleBindings: [binding('bob-node-watcher', 'bob', 'ClusterRole', 'node-watcher')] as Loose[],
});

const names =
  /\b(ann|auditors|bob|builders?|ci|demo|developers|extra|gone|homeless|lea|node-watcher|orphan|packer|pipes|plain|robot|runner|shop|tools|widgets)\b/g;

/** The same under other names, so that several find room in one platform: `ann` is `ann-x` with the ending `-x`. */
export const renamed = (installation: Installation, ending: string): Installation =>
  JSON.parse(JSON.stringify(installation).replaceAll(names, `$1${ending}`)) as Installation;

const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

export type Generation = '3.x' | '4.x';

/** What no import brings: log-ins, another cluster, and how people come in. */
const besides: Readonly<Record<Generation, readonly (readonly [GroupVersionResource, Loose])[]>> = {
  '3.x': [
    [
      resources.configmaps,
      {
        ...{ apiVersion: 'v1', kind: 'ConfigMap' },
        metadata: { name: 'kubesphere-config', namespace: 'kubesphere-system' },
        data: {
          'kubesphere.yaml':
            'authentication:\n  oauthOptions:\n    identityProviders: [{name: staff, type: LDAPIdentityProvider}]\n',
        },
      },
    ],
  ],
  '4.x': [
    [
      resources.secrets,
      {
        ...{ apiVersion: 'v1', kind: 'Secret', type: 'config.kubesphere.io/identityprovider' },
        metadata: {
          ...{ name: 'identityprovider-staff', namespace: 'kubesphere-system' },
          labels: { 'config.kubesphere.io/type': 'identityprovider' },
        },
        stringData: { 'configuration.yaml': 'name: staff\ntype: LDAPIdentityProvider\n' },
      },
    ],
  ],
};

/** KubeSphere's kinds in one generation's versions, and its objects. */
export async function fillInstallation(
  client: Client,
  generation: Generation,
  installation: Installation,
): Promise<void> {
  const served = kinds.flatMap(facts => {
    const newest = facts.versions[0]!;
    const oldest = facts.versions.at(-1)!;
    if (generation === '3.x' && newest === 'v1beta1' && facts.versions.length === 1) return [];
    return [{ ...facts, versions: generation === '3.x' ? [oldest] : [newest] }];
  });
  const inVersion = ({ group, resource, version }: GroupVersionResource): GroupVersionResource => {
    const facts = served.find(each => each.group === group && each.plural === resource);
    return { group, resource, version: facts?.versions[0] ?? version };
  };
  const put = (resource: GroupVersionResource, kind: string, object: KubeObject) => {
    const at = inVersion(resource);
    const { ownerReferences: _owners, ...metadata } = object.metadata;
    const apiVersion = at.group === '' ? at.version : `${at.group}/${at.version}`;
    return soon(() => client.create(at, { ...object, metadata, apiVersion, kind }));
  };
  await Promise.all(served.map(facts => client.create(definitions, customResourceDefinition(facts))));
  for (const [kind, { resource, kind: title }] of Object.entries(kindFacts) as [Kind, (typeof kindFacts)[Kind]][])
    for (const object of installation[kind] ?? [])
      // One is there, the other is never stored.
      if (!['kube-system', 'system:pre-registration'].includes(object.metadata.name ?? ''))
        await put(resource, title, object);
  const { loginrecords, clusters } = platformResources;
  await put(loginrecords, 'LoginRecord', {
    metadata: { name: 'ann-1', labels: { 'iam.kubesphere.io/user-ref': 'ann' } },
    spec: { type: 'Password', success: true },
  } as Loose);
  await put(clusters, 'Cluster', { metadata: { name: 'far' }, spec: { connection: { type: 'direct' } } } as Loose);
  await put(resources.namespaces, 'Namespace', { metadata: { name: 'kubesphere-system' } });
  for (const [resource, object] of besides[generation]) await put(resource, object.kind ?? '', object);
}

/** A definition is served a moment after it is made. */
async function soon(act: () => Promise<unknown>): Promise<void> {
  await eventually('the kind is served', async () => {
    try {
      await act();
      return true;
    } catch (error) {
      if (isReason(error, 'NotFound')) return false;
      throw error;
    }
  });
}
