/** What a role made elsewhere holds beyond what roles of its scope may hold here: that is told, not given. Pure. */
import type { PolicyRule } from '@orrery/platform-kinds';
import { covers } from '../access/covers.ts';
import { projectRoles } from '../access/project-roles.data.ts';
import { rulesInProject } from '../access/rules.ts';
import type { RoleScope } from '../roles/templates.data.ts';

const lifting = ['bind', 'escalate', 'impersonate'];
/** Whoever may do anything with these may give himself what he was not given. */
const lifted = [
  'clusterrolebindings',
  'clusterroles',
  'groups',
  'rolebindings',
  'roles',
  'serviceaccounts',
  'users',
  '*',
];
const liftedGroups = ['', '*', 'rbac.authorization.k8s.io'];

type Allowed = (rule: PolicyRule) => boolean;
const only = (rule: PolicyRule, part: Partial<PolicyRule>): PolicyRule => ({ ...rule, ...part });

const lifts = ({ verbs, apiGroups = [], resources = [] }: PolicyRule): boolean =>
  verbs.some(verb => lifting.includes(verb)) ||
  (verbs.includes('*') &&
    apiGroups.some(group => liftedGroups.includes(group)) &&
    resources.some(resource => lifted.includes(resource)));

const allowed: Readonly<Record<RoleScope, Allowed>> = {
  global: rule => !lifts(rule),
  cluster: rule => !lifts(rule),
  workspace: rule => !rule.nonResourceURLs?.length && !rule.verbs.some(verb => lifting.includes(verb)),
  namespace: inProject,
  devops: inProject,
};

/** At most what the admin of a project has. */
function inProject(rule: PolicyRule): boolean {
  if (rule.nonResourceURLs?.length || rule.verbs.some(verb => lifting.includes(verb))) return false;
  const native = rulesInProject([rule]);
  return native.length > 0 && native.every(each => covers(projectRoles.admin, each));
}

/** One thing and one verb each. */
const single = (rule: PolicyRule): PolicyRule[] =>
  rule.verbs.flatMap(verb =>
    rule.nonResourceURLs?.length
      ? rule.nonResourceURLs.map(url => only(rule, { verbs: [verb], nonResourceURLs: [url] }))
      : (rule.apiGroups ?? []).flatMap(group =>
          (rule.resources ?? []).map(resource =>
            only(rule, { verbs: [verb], apiGroups: [group], resources: [resource] }),
          ),
        ),
  );

const textOf = ({ verbs, apiGroups, resources, nonResourceURLs }: PolicyRule): string =>
  `${verbs[0]} ${nonResourceURLs?.[0] ?? `${resources?.[0]}${apiGroups?.[0] ? `.${apiGroups[0]}` : ''}`}`;

export interface Split {
  readonly kept: PolicyRule[];
  /** What is left out, e.g. `escalate roles.rbac.authorization.k8s.io`. */
  readonly beyond: readonly string[];
}

export function splitRules(scope: RoleScope, rules: readonly PolicyRule[]): Split {
  const kept: PolicyRule[] = [];
  const beyond: string[] = [];
  for (const rule of rules) {
    if (allowed[scope](rule)) {
      kept.push(rule);
      continue;
    }
    const parts = single(rule);
    kept.push(...parts.filter(allowed[scope]));
    beyond.push(...parts.filter(part => !allowed[scope](part)).map(textOf));
  }
  return { kept, beyond };
}
