/** Whether they may. */
import { StatusError } from '@orrery/machinery/status';
import type { UserInfo } from '@orrery/http';
import type { AuthorizationAttributes, Authorizer, RequestInfo } from '../types.ts';
import type { IdentityMetrics } from '../metrics/identity.ts';
import type { Filter } from './context.ts';

/** Upstream's sentence of a refusal. */
export function refusal(user: UserInfo, attributes: AuthorizationAttributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot ${attributes.verb}`;
  if (!attributes.isResourceRequest) return `${who} path ${JSON.stringify(attributes.path)}`;
  const { resource, subresource, apiGroup, namespace } = attributes;
  const what = JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} resource ${what} in API group ${JSON.stringify(apiGroup)} ${where}`;
}

export function forbiddenAnswer(user: UserInfo, attributes: AuthorizationAttributes, reason: string): StatusError {
  const why = refusal(user, attributes) + (reason === '' ? '' : `: ${reason}`);
  const { isResourceRequest, resource, apiGroup, name } = attributes;
  if (!isResourceRequest) return new StatusError(403, 'Forbidden', `forbidden: ${why}`, {});
  const qualified = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
  const subject = name === '' ? qualified : `${qualified} ${JSON.stringify(name)}`;
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, {
    ...(name !== '' && { name }),
    ...(apiGroup !== '' && { group: apiGroup }),
    kind: resource,
  });
}

export const attributesOf = (info: RequestInfo): AuthorizationAttributes => info;

const results = { allow: 'allowed', deny: 'denied', 'no-opinion': 'no-opinion' } as const;

/** Lets everything through while there is no authorizer. */
export const authorization =
  (authorizer: () => Authorizer | undefined, metrics?: IdentityMetrics): Filter =>
  next =>
  async context => {
    const check = authorizer();
    if (check === undefined) return next(context);
    const attributes = attributesOf(context.info);
    const tell = metrics?.authorization();
    const { decision, reason } = await decided(check, context.user, attributes, () => tell?.('error'));
    tell?.(results[decision]);
    context.annotations['authorization.k8s.io/decision'] = decision === 'allow' ? 'allow' : 'forbid';
    context.annotations['authorization.k8s.io/reason'] = reason;
    if (decision !== 'allow') throw forbiddenAnswer(context.user, attributes, reason);
    return next(context);
  };

async function decided(
  check: Authorizer,
  user: UserInfo,
  attributes: AuthorizationAttributes,
  failed: () => void,
): ReturnType<Authorizer> {
  try {
    return await check(user, attributes);
  } catch (error) {
    failed();
    throw error;
  }
}
