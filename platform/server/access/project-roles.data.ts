/**
 * What the built-in roles of a project may do, in native terms. Reading is told apart resource by resource, since a right to `get` every
 * subresource of a pod is a right to execute in it. A project's labels say which workspace it is in: no role of it may change them.
 */
import { groups as ownKinds, type PolicyRule } from '@orrery/platform-kinds';

const read = ['get', 'list', 'watch'];
const all = ['*'];
/** All but `bind`, `escalate` and `impersonate`: with those an admin would give himself what a project's roles leave out. */
const write = [...read, 'create', 'update', 'patch', 'delete', 'deletecollection'];

const coreShown = [
  'configmaps',
  'endpoints',
  'events',
  'limitranges',
  'namespaces',
  'namespaces/status',
  'persistentvolumeclaims',
  'persistentvolumeclaims/status',
  'pods',
  'pods/log',
  'pods/status',
  'podtemplates',
  'replicationcontrollers',
  'replicationcontrollers/scale',
  'replicationcontrollers/status',
  'resourcequotas',
  'resourcequotas/status',
  'secrets',
  'serviceaccounts',
  'services',
  'services/status',
];
const coreMade = [
  'configmaps',
  'endpoints',
  'events',
  'persistentvolumeclaims',
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
  'secrets',
  'serviceaccounts',
  'serviceaccounts/token',
  'services',
  'services/proxy',
];
const groups = [
  'app.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'gateway.networking.k8s.io',
  // Allow-lists by name; they become network policies.
  'network.kubesphere.io',
  'networking.k8s.io',
  'policy',
  'snapshot.storage.k8s.io',
];
const rbac = 'rbac.authorization.k8s.io';
/** Routes of the platform that work in projects, by the groups they have. */
const ownGroups = ['alerting', 'application', 'devops', 'gitops', 'monitoring', 'network', 'servicemesh'].map(
  name => `kapis.${name}.kubesphere.io`,
);

export const projectRoles = {
  admin: [
    { verbs: read, apiGroups: [''], resources: coreShown },
    { verbs: ['delete'], apiGroups: [''], resources: ['namespaces'] },
    // By the platform's route, which knows what of a project is not for its admin to change.
    { verbs: ['update'], apiGroups: ['kapis.tenant.kubesphere.io'], resources: ['namespaces'] },
    { verbs: write, apiGroups: [''], resources: [...coreMade, 'limitranges', 'resourcequotas'] },
    { verbs: all, apiGroups: ownGroups, resources: ['*'] },
    { verbs: all, apiGroups: groups, resources: ['*'] },
    { verbs: write, apiGroups: [rbac], resources: ['roles', 'rolebindings'] },
    // What was on the screens of the project's terminals.
    { verbs: ['get', 'list'], apiGroups: ['terminal.orrery.io'], resources: ['recordings'] },
  ],
  operator: [
    { verbs: read, apiGroups: [''], resources: coreShown },
    { verbs: all, apiGroups: ownGroups, resources: ['*'] },
    { verbs: write, apiGroups: [''], resources: coreMade },
    { verbs: all, apiGroups: groups, resources: ['*'] },
    { verbs: read, apiGroups: [rbac], resources: ['roles', 'rolebindings'] },
  ],
  viewer: [
    { verbs: read, apiGroups: [''], resources: coreShown },
    { verbs: read, apiGroups: ownGroups, resources: ['*'] },
    { verbs: read, apiGroups: groups, resources: ['*'] },
    { verbs: read, apiGroups: [rbac], resources: ['roles', 'rolebindings'] },
  ],
} satisfies Record<string, PolicyRule[]>;

/** The roles that every DevOps project has. What its operators and viewers may do besides, role templates say. */
export const devopsRoles = {
  admin: [
    { verbs: read, apiGroups: [''], resources: ['namespaces', 'events'] },
    { verbs: all, apiGroups: ['kapis.devops.kubesphere.io', 'kapis.gitops.kubesphere.io'], resources: ['*'] },
    { verbs: write, apiGroups: [rbac], resources: ['roles', 'rolebindings'] },
  ],
  operator: [
    { verbs: read, apiGroups: [''], resources: ['namespaces', 'events'] },
    { verbs: read, apiGroups: ['kapis.devops.kubesphere.io'], resources: ['devopsprojects'] },
  ],
  viewer: [
    { verbs: read, apiGroups: [''], resources: ['namespaces', 'events'] },
    { verbs: read, apiGroups: ['kapis.devops.kubesphere.io'], resources: ['devopsprojects'] },
  ],
} satisfies Record<string, PolicyRule[]>;

const workspaceParts = ['workspacemembers', 'workspaceroles'];

/** The roles that every workspace has, by the last part of their names. */
export const workspaceRoles = {
  admin: [{ verbs: all, apiGroups: ['*'], resources: ['*'] }],
  viewer: [{ verbs: read, apiGroups: ['*'], resources: ['*'] }],
  regular: [
    { verbs: read, apiGroups: ['*'], resources: ['workspaces'] },
    { verbs: read, apiGroups: ['iam.kubesphere.io'], resources: workspaceParts },
  ],
  'self-provisioner': [
    { verbs: ['get'], apiGroups: ['*'], resources: ['workspaces'] },
    { verbs: read, apiGroups: ['iam.kubesphere.io'], resources: workspaceParts },
    { verbs: ['create'], apiGroups: ['tenant.kubesphere.io'], resources: ['namespaces'] },
  ],
} satisfies Record<string, PolicyRule[]>;

/** What the platform's services may do for a user whose own right was checked. */
export const serviceRules: PolicyRule[] = [
  { verbs: all, apiGroups: Object.values(ownKinds), resources: ['*'] },
  { verbs: ['get', 'list', 'create', 'update', 'patch', 'delete'], apiGroups: [''], resources: ['namespaces'] },
  {
    verbs: ['get', 'list', 'create', 'update', 'patch', 'delete', 'bind', 'escalate'],
    apiGroups: [rbac],
    resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
  },
];

/** In the platform's own namespace. */
export const serviceSecretRules: PolicyRule[] = [
  { verbs: ['get', 'list', 'create', 'delete'], apiGroups: [''], resources: ['secrets'] },
  // The pods of terminals on nodes and with kubectl.
  { verbs: ['get', 'create'], apiGroups: [''], resources: ['pods', 'pods/exec'] },
];
