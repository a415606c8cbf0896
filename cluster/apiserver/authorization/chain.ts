/** Authorizers one after the other, and the words of a refusal. */
import type { UserInfo } from '@orrery/http';
import type { StatusError } from '@orrery/machinery/status';
import { forbidden } from '@orrery/machinery/status';
import type { Authorizer, AuthorizationAttributes } from '../types.ts';

/** The group that may do everything, also when every role is lost. */
export const privilegedGroup = 'system:masters';

/** Allows members of `system:masters`. */
export const privilegedAuthorizer: Authorizer = async user => ({
  decision: user.groups.includes(privilegedGroup) ? 'allow' : 'no-opinion',
  reason: '',
});

/** The first authorizer with an opinion decides; otherwise the reasons of all are joined. */
export const unionAuthorizer =
  (authorizers: readonly Authorizer[]): Authorizer =>
  async (user, attributes) => {
    const reasons: string[] = [];
    for (const authorizer of authorizers) {
      const answer = await authorizer(user, attributes);
      if (answer.decision !== 'no-opinion') return answer;
      if (answer.reason) reasons.push(answer.reason);
    }
    return { decision: 'no-opinion', reason: reasons.join('\n') };
  };

/** What a refused user reads, e.g. `User "a" cannot list resource "pods" in API group "" at the cluster scope`. */
export function denialText(user: UserInfo, attributes: AuthorizationAttributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot ${attributes.verb}`;
  if (!attributes.isResourceRequest) return `${who} path ${JSON.stringify(attributes.path)}`;
  const { resource, subresource, apiGroup, namespace } = attributes;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  return `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(apiGroup)} ${where}`;
}

/** The 403 answer to a request that no authorizer allowed. */
export function denial(user: UserInfo, attributes: AuthorizationAttributes, reason: string): StatusError {
  const text = denialText(user, attributes);
  const what = attributes.isResourceRequest
    ? { group: attributes.apiGroup, resource: attributes.resource, name: attributes.name }
    : { group: '', resource: '' };
  return forbidden(what, reason ? `${text}: ${reason}` : text);
}
