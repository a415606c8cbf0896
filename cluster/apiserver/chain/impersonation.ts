/** Acting as somebody else, where authorization allows it (apiserver `filters/impersonation.go`). */
import { textAnswer } from '@orrery/http';
import type { Headers, UserInfo } from '@orrery/http';
import { extraOf, valuesOf } from '../authentication/user-headers.ts';
import type { AuthorizationAttributes, Authorizer } from '../types.ts';
import { anonymous, withAuthenticatedGroup } from './authentication.ts';
import { forbiddenAnswer } from './authorization.ts';
import type { Filter } from './context.ts';

const userHeader = 'impersonate-user';
const groupHeader = 'impersonate-group';
const uidHeader = 'impersonate-uid';
const extraPrefix = 'impersonate-extra-';

/** What the headers ask for. Empty texts mean "not asked". */
export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Undefined when nobody is impersonated. */
export function impersonationOf(headers: Headers): Impersonation | undefined {
  const extra = extraOf(headers, extraPrefix);
  const user = String(headers[userHeader] ?? '');
  const groups = valuesOf(headers[groupHeader]);
  const uid = String(headers[uidHeader] ?? '');
  if (user === '' && groups.length === 0 && uid === '' && Object.keys(extra).length === 0) return undefined;
  return { user, groups, uid, extra };
}

const serviceAccountPrefix = 'system:serviceaccount:';

interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

function serviceAccountOf(user: string): ServiceAccount | undefined {
  if (!user.startsWith(serviceAccountPrefix)) return undefined;
  const [namespace, name, ...rest] = user.slice(serviceAccountPrefix.length).split(':');
  return namespace && name && rest.length === 0 ? { namespace, name } : undefined;
}

const attributes = (part: Partial<AuthorizationAttributes>): AuthorizationAttributes => ({
  verb: 'impersonate',
  isResourceRequest: true,
  path: '',
  apiGroup: '',
  apiVersion: 'v1',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  ...part,
});

/** The questions to the authorizer, all of which must be allowed. */
export function questionsOf({ user, groups, uid, extra }: Impersonation): AuthorizationAttributes[] {
  const authentication = 'authentication.k8s.io';
  const account = serviceAccountOf(user);
  return [
    account ? attributes({ resource: 'serviceaccounts', ...account }) : attributes({ resource: 'users', name: user }),
    ...groups.map(name => attributes({ resource: 'groups', name })),
    ...(uid === '' ? [] : [attributes({ apiGroup: authentication, resource: 'uids', name: uid })]),
    ...Object.entries(extra).flatMap(([subresource, values]) =>
      values.map(name => attributes({ apiGroup: authentication, resource: 'userextras', subresource, name })),
    ),
  ];
}

/** Who the request is then made as. */
export function impersonated({ user, groups, uid, extra }: Impersonation): UserInfo {
  const account = serviceAccountOf(user);
  const own = account ? ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`] : [];
  const asked = groups.length > 0 ? groups : user === anonymous.name ? anonymous.groups : own;
  return withAuthenticatedGroup({
    name: user,
    ...(uid !== '' && { uid }),
    groups: asked,
    ...(Object.keys(extra).length > 0 && { extra }),
  });
}

/** Groups without a user: upstream prints the references it built. */
function withoutUser(path: string, { groups, uid, extra }: Impersonation): string {
  const references = [
    ...groups.map(name => `{Group  ${name}    }`),
    ...Object.entries(extra).flatMap(([key, values]) => values.map(value => `{UserExtra  ${value}  ${key}  }`)),
    ...(uid === '' ? [] : [`{UID  ${uid}    }`]),
  ];
  return `Internal Server Error: ${JSON.stringify(path)}: requested [${references.join(' ')}] without impersonating a user\n`;
}

export const impersonation =
  (authorizer: () => Authorizer | undefined): Filter =>
  next =>
  async context => {
    const asked = impersonationOf(context.request.headers);
    if (asked === undefined) return next(context);
    if (asked.user === '') return textAnswer(500, withoutUser(context.info.path, asked));
    const check = authorizer();
    for (const question of check ? questionsOf(asked) : []) {
      const { decision, reason } = await check!(context.user, question);
      if (decision !== 'allow') throw forbiddenAnswer(context.user, question, reason);
    }
    context.impersonator = context.user;
    context.user = impersonated(asked);
    return next(context);
  };
