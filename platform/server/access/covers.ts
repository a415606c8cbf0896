/** What rules of native RBAC allow, by themselves: to compare roles, and to explain what the cluster's authorizer said. It decides nothing. */
import type { Access } from '@orrery/platform-contract';
import type { PolicyRule } from '@orrery/platform-kinds';

const has = (names: readonly string[] | undefined, name: string): boolean =>
  names !== undefined && (names.includes('*') || names.includes(name));

/** `pods/log` is allowed by itself, by `*`, and by `*` of all resources with this subresource. */
function hasResource(names: readonly string[] = [], resource: string): boolean {
  const [, subresource] = resource.split('/');
  return has(names, resource) || (subresource !== undefined && names.includes(`*/${subresource}`));
}

const resourceOf = ({ resource, subresource }: Pick<Access, 'resource' | 'subresource'>): string =>
  subresource ? `${resource}/${subresource}` : resource;

/** As upstream's RBAC authorizer matches a rule. */
export const allows = (rule: PolicyRule, access: Access): boolean =>
  has(rule.verbs, access.verb) && isAbout(rule, access);

/** The rule is about the same thing, whatever it lets one do with it. */
export const isAbout = ({ apiGroups, resources, resourceNames = [] }: PolicyRule, access: Access): boolean =>
  has(apiGroups, access.group) &&
  hasResource(resources, resourceOf(access)) &&
  (resourceNames.length === 0 || (access.name !== undefined && resourceNames.includes(access.name)));

/** True when all that `rule` allows is allowed by `rules`. */
export function covers(rules: readonly PolicyRule[], rule: PolicyRule): boolean {
  if (rule.nonResourceURLs?.length)
    return rule.nonResourceURLs.every(url =>
      rule.verbs.every(verb =>
        rules.some(({ nonResourceURLs, verbs }) => has(nonResourceURLs, url) && has(verbs, verb)),
      ),
    );
  const names = rule.resourceNames?.length ? rule.resourceNames : [undefined];
  return rule.verbs.every(verb =>
    (rule.apiGroups ?? []).every(group =>
      (rule.resources ?? []).every(resource =>
        names.every(name => rules.some(other => allows(other, { verb, group, resource, ...(name && { name }) }))),
      ),
    ),
  );
}

/** `base`, and of `more` what it does not have yet. */
export function together(base: readonly PolicyRule[], more: readonly PolicyRule[]): PolicyRule[] {
  const all = [...base];
  for (const rule of more) if (!covers(all, rule)) all.push(rule);
  return all;
}
