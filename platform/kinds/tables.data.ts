/** The platform's custom resources as facts: names, served versions, fields, columns. CRDs are generated from this table. */
import { groups, labels } from './names.ts';

/**
 * `text`, `flag`, `[x]` a list of x, `{}` a map of texts, `any` whatever it is, or an object with these fields. A `name` is a text of at most
 * 253 letters and a `names` a list of at most 256 of them, so that expressions over them have a price; `quantities` are amounts by name.
 */
export type Field =
  | 'text'
  | 'name'
  | 'names'
  | 'email'
  | 'flag'
  | 'number'
  | '{}'
  | 'marks'
  | 'quantities'
  | 'any'
  | readonly [Field]
  | { readonly [name: string]: Field };

/** An expression of the cluster's own language that must hold, and what is said when it does not. */
export interface Check {
  /** The way to the field that the expression is about, e.g. `spec.quota`; the object itself when empty. */
  readonly at?: string;
  readonly rule: string;
  readonly message: string;
}

export interface KindFacts {
  readonly group: string;
  /** The stored version first. */
  readonly versions: readonly string[];
  readonly kind: string;
  readonly plural: string;
  /** What `platformResources` calls it when the plural is also a native kind's. */
  readonly key?: string;
  readonly namespaced?: true;
  readonly checks?: readonly Check[];
  /** Top-level fields beside metadata. */
  readonly fields: { readonly [name: string]: Field };
  readonly required?: readonly string[];
  readonly status?: true;
  readonly columns?: readonly (readonly [name: string, path: string])[];
  readonly shortNames?: readonly string[];
  /** The feature that brings it. */
  readonly feature: string;
}

const rule: Field = {
  apiGroups: ['text'],
  nonResourceURLs: ['text'],
  resourceNames: ['text'],
  resources: ['text'],
  verbs: ['text'],
};
const roleFields = {
  rules: [rule],
  aggregationRoleTemplates: { templateNames: 'names', roleSelector: 'any' },
} as const;
const bindingFields = {
  roleRef: { apiGroup: 'name', kind: 'name', name: 'name' },
  subjects: [{ apiGroup: 'text', kind: 'text', name: 'text', namespace: 'text' }],
} as const;
/** What a binding refers to is of its kind, and stays: whoever may change a binding would else turn it into any other. */
const refersTo = (field: string, kind: string): Check[] => [
  { at: field, rule: `self.kind == '${kind}' && self.name != ''`, message: `${field} names a ${kind}` },
  { at: field, rule: 'self == oldSelf', message: `${field} cannot be changed: remove the binding and make another` },
];
const networkPeer = {
  ipBlock: { cidr: 'text', except: ['text'] },
  namespace: { name: 'text' },
  service: { name: 'text', namespace: 'text' },
} as const;
const networkPort = { port: 'any', protocol: 'text' } as const;
const spoken = { displayName: '{}', description: '{}' } as const;
const iam = { group: groups.iam, versions: ['v1beta1', 'v1alpha2'] } as const;
/** 4.x alone. */
const newer = { group: groups.iam, versions: ['v1beta1'] } as const;
const tenant = groups.tenant;

export const kinds: readonly KindFacts[] = [
  {
    ...iam,
    kind: 'User',
    plural: 'users',
    feature: 'users',
    fields: {
      spec: {
        description: 'text',
        displayName: 'text',
        email: 'email',
        groups: ['text'],
        lang: 'text',
        password: 'text',
      },
      status: { lastLoginTime: 'text', lastTransitionTime: 'text', reason: 'text', state: 'text' },
    },
    required: ['spec'],
    checks: [{ rule: 'size(self.metadata.name) <= 63', message: 'the name of an account has at most 63 letters' }],
    columns: [
      ['Email', '.spec.email'],
      ['Status', '.status.state'],
    ],
  },
  {
    ...iam,
    kind: 'LoginRecord',
    plural: 'loginrecords',
    feature: 'users',
    fields: {
      spec: { provider: 'text', reason: 'text', sourceIP: 'text', success: 'flag', type: 'text', userAgent: 'text' },
    },
    required: ['spec'],
    columns: [
      ['Type', '.spec.type'],
      ['From', '.spec.sourceIP'],
      ['Success', '.spec.success'],
      ['Reason', '.spec.reason'],
    ],
  },
  { ...iam, kind: 'GlobalRole', plural: 'globalroles', feature: 'roles', fields: roleFields },
  {
    ...iam,
    kind: 'GlobalRoleBinding',
    plural: 'globalrolebindings',
    feature: 'roles',
    fields: bindingFields,
    checks: refersTo('roleRef', 'GlobalRole'),
    required: ['roleRef'],
  },
  {
    ...iam,
    kind: 'WorkspaceRole',
    plural: 'workspaceroles',
    feature: 'roles',
    fields: roleFields,
    columns: [['Workspace', '.metadata.labels.kubesphere\\.io/workspace']],
  },
  {
    ...iam,
    kind: 'WorkspaceRoleBinding',
    plural: 'workspacerolebindings',
    feature: 'roles',
    fields: bindingFields,
    checks: refersTo('roleRef', 'WorkspaceRole'),
    required: ['roleRef'],
    columns: [['Workspace', '.metadata.labels.kubesphere\\.io/workspace']],
  },
  { ...newer, kind: 'ClusterRole', plural: 'clusterroles', key: 'iamClusterRoles', feature: 'roles', fields: roleFields },
  {
    ...newer,
    kind: 'ClusterRoleBinding',
    plural: 'clusterrolebindings',
    key: 'iamClusterRoleBindings',
    feature: 'roles',
    fields: bindingFields,
    checks: refersTo('roleRef', 'ClusterRole'),
    required: ['roleRef'],
  },
  {
    ...newer,
    kind: 'Role',
    plural: 'roles',
    key: 'iamRoles',
    namespaced: true,
    feature: 'roles',
    fields: roleFields,
  },
  {
    ...newer,
    kind: 'RoleBinding',
    plural: 'rolebindings',
    key: 'iamRoleBindings',
    namespaced: true,
    feature: 'roles',
    fields: bindingFields,
    checks: refersTo('roleRef', 'Role'),
    required: ['roleRef'],
  },
  {
    ...newer,
    kind: 'RoleTemplate',
    plural: 'roletemplates',
    feature: 'roles',
    fields: { spec: { ...spoken, rules: [rule] } },
    required: ['spec'],
    columns: [
      ['Scope', '.metadata.labels.iam\\.kubesphere\\.io/scope'],
      ['Category', '.metadata.labels.iam\\.kubesphere\\.io/category'],
    ],
  },
  {
    ...newer,
    kind: 'Category',
    plural: 'categories',
    feature: 'roles',
    fields: { spec: { ...spoken, icon: 'text' } },
    required: ['spec'],
  },
  {
    ...newer,
    kind: 'BuiltinRole',
    plural: 'builtinroles',
    feature: 'roles',
    fields: { role: 'any', targetSelector: 'any' },
    required: ['role'],
  },
  {
    ...iam,
    kind: 'Group',
    plural: 'groups',
    feature: 'departments',
    fields: { spec: 'any', status: 'any' },
    checks: [{ rule: 'size(self.metadata.name) <= 63', message: 'the name of a department has at most 63 letters' }],
    columns: [
      ['Workspace', '.metadata.labels.kubesphere\\.io/workspace'],
      ['Parent', '.metadata.labels.iam\\.kubesphere\\.io/group-parent'],
    ],
  },
  {
    ...iam,
    kind: 'GroupBinding',
    plural: 'groupbindings',
    feature: 'departments',
    fields: { groupRef: { apiGroup: 'name', kind: 'name', name: 'name' }, users: 'names' },
    checks: refersTo('groupRef', 'Group'),
    required: ['groupRef'],
    columns: [
      ['Workspace', '.metadata.labels.kubesphere\\.io/workspace'],
      ['Group', '.groupRef.name'],
    ],
  },
  {
    group: groups.quota,
    versions: ['v1alpha2'],
    kind: 'ResourceQuota',
    plural: 'resourcequotas',
    key: 'workspaceQuotas',
    feature: 'quotas',
    fields: {
      spec: {
        selector: 'marks',
        quota: { hard: 'quantities', scopes: 'names', scopeSelector: 'any' },
      },
      status: {
        total: { hard: 'quantities', used: 'quantities' },
        namespaces: [{ namespace: 'text', hard: 'quantities', used: 'quantities' }],
      },
    },
    status: true,
    required: ['spec'],
    checks: [
      {
        at: 'spec',
        rule: `has(self.selector) && '${labels.workspace}' in self.selector && self.selector['${labels.workspace}'] != ''`,
        message: `selector names a workspace: ${labels.workspace}`,
      },
      { at: 'spec', rule: 'self.selector == oldSelf.selector', message: 'selector cannot be changed' },
    ],
    columns: [['Workspace', '.spec.selector.kubesphere\\.io/workspace']],
  },
  {
    group: groups.cluster,
    versions: ['v1alpha1'],
    kind: 'Cluster',
    plural: 'clusters',
    feature: 'clusters',
    fields: {
      spec: {
        config: 'text',
        connection: {
          type: 'name',
          externalKubernetesAPIEndpoint: 'text',
          kubeconfig: 'text',
          kubernetesAPIEndpoint: 'text',
          kubernetesAPIServerPort: 'number',
          kubesphereAPIEndpoint: 'text',
          kubesphereAPIServerPort: 'number',
          token: 'text',
        },
        enable: 'flag',
        externalKubeAPIEnabled: 'flag',
        joinFederation: 'flag',
        provider: 'text',
      },
      status: 'any',
    },
    status: true,
    required: ['spec'],
    checks: [
      {
        at: 'spec.connection',
        rule: "!has(self.type) || self.type in ['direct', 'proxy', '']",
        message: 'type is direct or proxy',
      },
    ],
    columns: [
      ['Provider', '.spec.provider'],
      ['Version', '.status.kubernetesVersion'],
    ],
  },
  {
    group: groups.cluster,
    versions: ['v1alpha1'],
    kind: 'Label',
    plural: 'labels',
    feature: 'clusters',
    fields: { spec: { key: 'name', value: 'name', backgroundColor: 'text', clusters: ['text'] } },
    required: ['spec'],
    checks: [
      { at: 'spec', rule: "has(self.key) && self.key != ''", message: 'a label has a key' },
    ],
    columns: [
      ['Key', '.spec.key'],
      ['Value', '.spec.value'],
    ],
  },
  {
    group: tenant,
    versions: ['v1beta1', 'v1alpha1'],
    kind: 'Workspace',
    plural: 'workspaces',
    feature: 'tenancy',
    fields: { spec: { manager: 'text', networkIsolation: 'flag' }, status: 'any' },
    columns: [['Manager', '.spec.manager']],
  },
  {
    group: tenant,
    versions: ['v1beta1', 'v1alpha2'],
    kind: 'WorkspaceTemplate',
    plural: 'workspacetemplates',
    feature: 'tenancy',
    fields: {
      spec: {
        template: {
          metadata: { annotations: '{}', labels: '{}' },
          spec: { manager: 'name', networkIsolation: 'flag' },
        },
        placement: { clusters: [{ name: 'text' }], clusterSelector: 'any' },
        overrides: [{ clusterName: 'text', clusterOverrides: [{ op: 'text', path: 'text', value: 'any' }] }],
      },
    },
    required: ['spec'],
  },
  {
    group: groups.devops,
    versions: ['v1alpha3'],
    kind: 'DevOpsProject',
    plural: 'devopsprojects',
    feature: 'devops',
    fields: { spec: 'any', status: 'any' },
    columns: [['Workspace', '.metadata.labels.kubesphere\\.io/workspace']],
  },
  {
    group: groups.network,
    versions: ['v1alpha1'],
    kind: 'NamespaceNetworkPolicy',
    plural: 'namespacenetworkpolicies',
    namespaced: true,
    feature: 'isolation',
    fields: {
      spec: {
        ingress: [{ from: [networkPeer], ports: [networkPort] }],
        egress: [{ to: [networkPeer], ports: [networkPort] }],
        policyTypes: ['text'],
      },
    },
    required: ['spec'],
    shortNames: ['nsnp'],
  },
];
