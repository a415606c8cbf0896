/** The RBAC authorizer over a {@link RoleIndex}. */
import type { UserInfo } from '@orrery/http';
import type { Authorizer, AuthorizationAttributes, Decision } from '../types.ts';
import type { RoleIndex } from './role-index.ts';
import type { PolicyRule } from './rules.ts';
import { rbacGroup, ruleAllows } from './rules.ts';

/** Decides at once: nothing is read while a request waits. */
export function rbacDecision(index: RoleIndex, user: UserInfo, attributes: AuthorizationAttributes): Decision {
  const missing = new Set<string>();
  for (const grant of index.grants(user, attributes.namespace)) {
    if (!grant.rules) {
      missing.add(`${grant.role.kind.toLowerCase()}.${rbacGroup} "${grant.role.name}" not found`);
      continue;
    }
    for (const rule of grant.rules)
      if (ruleAllows(rule, attributes)) return { decision: 'allow', reason: `RBAC: allowed by ${grant.describe()}` };
  }
  const problems = [...missing];
  const text = problems.length > 1 ? `[${problems.join(', ')}]` : problems[0];
  return { decision: 'no-opinion', reason: text ? `RBAC: ${text}` : '' };
}

export const rbacAuthorizer =
  (index: RoleIndex): Authorizer =>
  async (user, attributes) =>
    rbacDecision(index, user, attributes);

/** All rules of a user in a namespace, for rules reviews and escalation checks. */
export function rulesFor(index: RoleIndex, user: UserInfo, namespace: string): PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const grant of index.grants(user, namespace)) rules.push(...(grant.rules ?? []));
  return rules;
}
