/** The platform's custom resources as facts: names, served versions, fields, columns. CRDs are generated from this table. */
import { groups } from './names.ts';

/** `text`, `flag`, `[x]` a list of x, `{}` a map of texts, `any` whatever it is, or an object with these fields. */
export type Field = 'text' | 'flag' | '{}' | 'any' | readonly [Field] | { readonly [name: string]: Field };

export interface KindFacts {
  readonly group: string;
  /** The stored version first. */
  readonly versions: readonly string[];
  readonly kind: string;
  readonly plural: string;
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
const roleFields = { rules: [rule], aggregationRoleTemplates: { templateNames: ['text'], roleSelector: 'any' } } as const;
const bindingFields = {
  roleRef: { apiGroup: 'text', kind: 'text', name: 'text' },
  subjects: [{ apiGroup: 'text', kind: 'text', name: 'text', namespace: 'text' }],
} as const;
const iam = { group: groups.iam, versions: ['v1beta1', 'v1alpha2'] } as const;
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
        email: 'text',
        groups: ['text'],
        lang: 'text',
        password: 'text',
      },
      status: { lastLoginTime: 'text', lastTransitionTime: 'text', reason: 'text', state: 'text' },
    },
    required: ['spec'],
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
    required: ['roleRef'],
    columns: [['Workspace', '.metadata.labels.kubesphere\\.io/workspace']],
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
          spec: { manager: 'text', networkIsolation: 'flag' },
        },
        placement: { clusters: [{ name: 'text' }], clusterSelector: 'any' },
        overrides: [{ clusterName: 'text', clusterOverrides: [{ op: 'text', path: 'text', value: 'any' }] }],
      },
    },
    required: ['spec'],
  },
];
