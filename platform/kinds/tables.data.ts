/** The platform's custom resources as facts: names, served versions, fields, columns. CRDs are generated from this table. */
import { groups, labels } from './names.ts';

/**
 * `text`, `flag`, `[x]` a list of x, `{}` a map of texts, `any` whatever it is, or an object with these fields. A `name` is a text of at most
 * 253 letters, a `long` one of at most 2048, and a `names` a list of at most 256 of them, so that expressions over them have a price; `quantities` are amounts by name; `entries` are at most 64 objects with a name and whatever else.
 */
export type Field =
  | 'text'
  | 'name'
  | 'long'
  | 'names'
  | 'email'
  | 'addresses'
  | 'flag'
  | 'number'
  | '{}'
  | 'marks'
  | 'quantities'
  | 'entries'
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
  ipBlock: { cidr: 'addresses', except: ['addresses'] },
  namespace: { name: 'text' },
  service: { name: 'text', namespace: 'text' },
} as const;
const networkPort = { port: 'any', protocol: 'text' } as const;
const spoken = { displayName: '{}', description: '{}' } as const;
/** Where something of an extension answers: exactly one of the two. */
const endpoint = {
  url: 'long',
  service: { namespace: 'name', name: 'name', path: 'text', port: 'number' },
  caBundle: 'text',
  insecureSkipVerify: 'flag',
} as const;
const oneEndpoint = (at: string): Check => ({
  at,
  rule: 'has(self.url) != has(self.service)',
  message: `${at} names a url or a service, and not both`,
});
const keyReference = { namespace: 'name', name: 'name', key: 'name', optional: 'flag' } as const;
const condition = {
  type: 'text',
  status: 'text',
  reason: 'text',
  message: 'text',
  lastTransitionTime: 'text',
  observedGeneration: 'number',
} as const;
const state = { state: 'text', conditions: [condition] } as const;
/** KubeSphere's have no status of their own: manifests of charts say it. */
const ofExtensions = { group: groups.extensions, versions: ['v1alpha1'], feature: 'extensions' } as const;
const ofMarket = { group: groups.core, versions: ['v1alpha1'], feature: 'extensions' } as const;
const extensionInfo = { ...spoken, icon: 'text', provider: 'any', created: 'text' } as const;
const installation = {
  ...state,
  configHash: 'text',
  targetNamespace: 'text',
  releaseName: 'text',
  version: 'text',
  jobName: 'text',
  stateHistory: [{ lastTransitionTime: 'text', state: 'text' }],
} as const;
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
  {
    ...ofExtensions,
    kind: 'APIService',
    plural: 'apiservices',
    key: 'extensionApis',
    fields: { spec: { group: 'name', version: 'name', ...endpoint }, status: state },
    required: ['spec'],
    checks: [
      {
        at: 'spec',
        rule: "has(self.group) && self.group.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)+$')",
        message: 'group is the name of an API group, such as logging.example.com',
      },
      {
        at: 'spec',
        rule: "has(self.version) && self.version.matches('^v[0-9]+((alpha|beta)[0-9]+)?$')",
        message: 'version is one such as v1 or v1alpha1',
      },
      oneEndpoint('spec'),
    ],
    columns: [
      ['Group', '.spec.group'],
      ['Version', '.spec.version'],
      ['State', '.status.state'],
    ],
  },
  {
    ...ofExtensions,
    kind: 'JSBundle',
    plural: 'jsbundles',
    fields: {
      spec: {
        raw: 'text',
        rawFrom: { ...endpoint, configMapKeyRef: keyReference, secretKeyRef: keyReference },
        assets: {
          style: { link: 'name', ...endpoint },
          files: [{ name: 'name', link: 'name', mimeType: 'name', ...endpoint }],
        },
      },
      status: { ...state, link: 'name' },
    },
    required: ['spec'],
    checks: [
      { at: 'spec', rule: 'has(self.raw) != has(self.rawFrom)', message: 'spec has either raw or rawFrom' },
      {
        at: 'spec.rawFrom',
        rule: '[has(self.url), has(self.service), has(self.configMapKeyRef), has(self.secretKeyRef)].exists_one(given, given)',
        message: 'rawFrom names one of url, service, configMapKeyRef and secretKeyRef',
      },
      {
        at: 'spec.assets.style',
        rule: "!has(self.link) || self.link.startsWith('/dist/')",
        message: 'the link of a style sheet begins with /dist/',
      },
      {
        at: 'status',
        rule: "!has(self.link) || self.link == '' || self.link.startsWith('/dist/')",
        message: 'link begins with /dist/',
      },
    ],
    columns: [
      ['Link', '.status.link'],
      ['State', '.status.state'],
    ],
  },
  {
    ...ofExtensions,
    kind: 'ReverseProxy',
    plural: 'reverseproxies',
    fields: {
      spec: {
        matcher: { path: 'name', method: 'name' },
        upstream: endpoint,
        directives: {
          method: 'name',
          stripPathPrefix: 'name',
          stripPathSuffix: 'name',
          headerUp: ['text'],
          headerDown: ['text'],
          rejectForwardingRedirects: 'flag',
          interceptRedirects: 'flag',
          wrapTransport: 'flag',
          authProxy: 'flag',
          changeOrigin: 'flag',
          rewrite: ['text'],
          replace: ['text'],
          pathRegexp: ['text'],
        },
      },
      status: state,
    },
    required: ['spec'],
    checks: [
      {
        at: 'spec',
        rule: 'has(self.matcher) && has(self.matcher.path) && has(self.matcher.method) && has(self.upstream)',
        message: 'spec needs matcher.path, matcher.method and upstream',
      },
      {
        at: 'spec.matcher',
        rule: "!has(self.path) || self.path.startsWith('/proxy/')",
        message: 'path begins with /proxy/',
      },
      {
        at: 'spec.matcher',
        rule: "!has(self.method) || self.method in ['*', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']",
        message: 'method is one of HTTP, or * for all',
      },
      oneEndpoint('spec.upstream'),
    ],
    columns: [
      ['Path', '.spec.matcher.path'],
      ['Method', '.spec.matcher.method'],
      ['State', '.status.state'],
    ],
  },
  {
    ...ofExtensions,
    kind: 'ExtensionEntry',
    plural: 'extensionentries',
    fields: { spec: { entries: 'entries' }, status: state },
    required: ['spec'],
    checks: [
      {
        at: 'spec',
        rule: "!has(self.entries) || self.entries.all(entry, has(entry.name) && entry.name != '')",
        message: 'every entry has a name',
      },
      {
        at: 'spec',
        rule: '!has(self.entries) || self.entries.all(entry, self.entries.exists_one(other, has(entry.name) && has(other.name) && other.name == entry.name))',
        message: 'no two entries have one name',
      },
    ],
    columns: [['State', '.status.state']],
  },
  {
    ...ofMarket,
    kind: 'Extension',
    plural: 'extensions',
    key: 'marketExtensions',
    fields: {
      spec: extensionInfo,
      status: {
        ...state,
        enabled: 'flag',
        plannedInstallVersion: 'text',
        installedVersion: 'text',
        recommendedVersion: 'text',
        versions: [{ version: 'text', creationTimestamp: 'text' }],
        clusterSchedulingStatuses: 'any',
      },
    },
    columns: [
      ['State', '.status.state'],
      ['Version', '.status.installedVersion'],
    ],
  },
  {
    ...ofMarket,
    kind: 'ExtensionVersion',
    plural: 'extensionversions',
    fields: {
      spec: {
        ...extensionInfo,
        version: 'name',
        keywords: ['text'],
        sources: ['text'],
        repository: 'name',
        category: 'name',
        kubeVersion: 'name',
        ksVersion: 'name',
        home: 'text',
        docs: 'text',
        digest: 'name',
        screenshots: ['text'],
        chartDataRef: keyReference,
        chartURL: 'long',
        namespace: 'name',
        installationMode: 'name',
        externalDependencies: [{ name: 'name', type: 'name', version: 'name', required: 'flag' }],
      },
    },
    required: ['spec'],
    checks: [
      {
        at: 'spec',
        rule: "!has(self.installationMode) || self.installationMode in ['HostOnly', 'Multicluster']",
        message: 'installationMode is HostOnly or Multicluster',
      },
      {
        at: 'spec',
        rule: 'has(self.chartURL) || has(self.chartDataRef)',
        message: 'a version names its chart: chartURL or chartDataRef',
      },
    ],
    columns: [
      ['Extension', '.metadata.labels.kubesphere\\.io/extension-ref'],
      ['Version', '.spec.version'],
      ['Repository', '.spec.repository'],
    ],
  },
  {
    ...ofMarket,
    kind: 'Category',
    plural: 'categories',
    key: 'marketCategories',
    fields: { spec: { ...spoken, icon: 'text' } },
    required: ['spec'],
  },
  {
    ...ofMarket,
    kind: 'Repository',
    plural: 'repositories',
    fields: {
      spec: {
        url: 'long',
        description: 'text',
        basicAuth: { username: 'text', password: 'text' },
        updateStrategy: { registryPoll: { interval: 'name' }, timeout: 'name' },
        caBundle: 'text',
        insecure: 'flag',
        depth: 'number',
      },
      status: { lastSyncTime: 'text', conditions: [condition] },
    },
    required: ['spec'],
    checks: [
      {
        at: 'spec',
        rule: "has(self.url) && (self.url.startsWith('https://') || self.url.startsWith('http://') || self.url.startsWith('oci://'))",
        message: 'url begins with https://, http:// or oci://',
      },
      { at: 'spec', rule: '!has(self.depth) || self.depth >= 0', message: 'depth is not negative' },
      {
        at: 'spec.updateStrategy',
        rule: "!has(self.timeout) || self.timeout.matches('^([0-9]+(h|m|s|ms))+$')",
        message: 'timeout is a time such as 30s or 5m',
      },
    ],
    columns: [
      ['URL', '.spec.url'],
      ['Synced', '.status.lastSyncTime'],
    ],
  },
  {
    ...ofMarket,
    kind: 'InstallPlan',
    plural: 'installplans',
    fields: {
      spec: {
        extension: { name: 'name', version: 'name' },
        enabled: 'flag',
        upgradeStrategy: 'name',
        config: 'text',
        clusterScheduling: {
          placement: { clusters: 'names', clusterSelector: 'any' },
          overrides: '{}',
        },
      },
      status: { ...installation, enabled: 'flag', clusterSchedulingStatuses: 'any' },
    },
    required: ['spec'],
    checks: [
      {
        at: 'spec',
        rule: "has(self.extension) && has(self.extension.name) && self.extension.name.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
        message: 'extension.name is the name of an extension',
      },
      {
        at: 'spec',
        rule: "has(self.extension) && has(self.extension.version) && self.extension.version != ''",
        message: 'extension.version is the version that is wanted',
      },
      {
        at: 'spec',
        rule: '!has(self.extension.name) || !has(oldSelf.extension.name) || self.extension.name == oldSelf.extension.name',
        message: 'a plan is for one extension: delete it and make another for another one',
      },
      {
        rule: '!has(self.spec.extension) || !has(self.spec.extension.name) || self.metadata.name == self.spec.extension.name',
        message: 'a plan has the name of its extension',
      },
      {
        at: 'spec',
        rule: "!has(self.upgradeStrategy) || self.upgradeStrategy in ['Manual', 'Automatic', '']",
        message: 'upgradeStrategy is Manual or Automatic',
      },
    ],
    columns: [
      ['Version', '.status.version'],
      ['State', '.status.state'],
      ['Enabled', '.status.enabled'],
    ],
  },
  {
    group: groups.installer,
    versions: ['v1alpha1'],
    kind: 'ClusterConfiguration',
    plural: 'clusterconfigurations',
    namespaced: true,
    feature: 'extensions',
    fields: { spec: 'any', status: 'any' },
    shortNames: ['cc'],
  },
  {
    group: groups.auditing,
    versions: ['v1alpha1'],
    kind: 'Rule',
    plural: 'rules',
    key: 'auditRules',
    namespaced: true,
    feature: 'audit',
    fields: {
      spec: {
        rules: [
          {
            name: 'name',
            type: 'name',
            desc: 'long',
            condition: 'long',
            macro: 'long',
            list: 'names',
            alias: 'name',
            priority: 'name',
            output: 'long',
            enable: 'flag',
          },
        ],
      },
      status: { state: 'name', message: 'long' },
    },
    status: true,
    columns: [['State', '.status.state']],
  },
  {
    group: groups.auditing,
    versions: ['v1alpha1'],
    kind: 'Webhook',
    plural: 'webhooks',
    key: 'auditWebhooks',
    feature: 'audit',
    fields: {
      spec: {
        auditLevel: 'name',
        archivingPriority: 'name',
        alertingPriority: 'name',
        auditSinkPolicy: { archivingRuleSelector: 'any', alertingRuleSelector: 'any' },
        receivers: [
          {
            name: 'name',
            type: 'name',
            config: {
              url: 'long',
              caBundle: 'text',
              service: { namespace: 'name', name: 'name', port: 'number', path: 'long' },
            },
          },
        ],
        k8sAuditingEnabled: 'flag',
        image: 'long',
        imagePullPolicy: 'name',
        imagePullSecrets: 'entries',
        args: 'names',
        replicas: 'number',
        port: 'number',
        useHTTPS: 'flag',
        resources: 'any',
        nodeSelector: 'any',
        affinity: 'any',
        tolerations: 'any',
      },
      status: { state: 'name', message: 'long' },
    },
    status: true,
    checks: [
      {
        at: 'spec',
        rule: "!has(self.auditLevel) || self.auditLevel in ['', 'None', 'Metadata', 'Request', 'RequestResponse']",
        message: 'auditLevel is None, Metadata, Request or RequestResponse',
      },
      {
        at: 'spec',
        rule: "(!has(self.archivingPriority) || self.archivingPriority in ['DEBUG', 'INFO', 'WARNING']) && (!has(self.alertingPriority) || self.alertingPriority in ['DEBUG', 'INFO', 'WARNING'])",
        message: 'archivingPriority and alertingPriority are DEBUG, INFO or WARNING',
      },
    ],
    columns: [
      ['Level', '.spec.auditLevel'],
      ['State', '.status.state'],
    ],
  },
];
