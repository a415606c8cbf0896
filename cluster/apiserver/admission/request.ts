/** One write as webhooks and expressions are told of it. */
import type { UserInfo } from '@orrery/http';
import type { AdmissionAttributes } from '../types.ts';
import type { Matched } from './matching.ts';

/** Without what is empty. */
export const present = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== undefined));

/** `admission.k8s.io/v1.AdmissionRequest` without its objects and uid; what is empty is left out. */
export function requestOf(attributes: AdmissionAttributes, as: Matched): Record<string, unknown> {
  const { kind, resource, subresource, name, namespace, operation, user, dryRun, options } = attributes;
  return {
    kind: as.kind,
    resource: as.resource,
    ...present({ subResource: subresource }),
    requestKind: kind,
    requestResource: resource,
    ...present({ requestSubResource: subresource, name, namespace }),
    operation,
    userInfo: userInfoOf(user),
    dryRun,
    options,
  };
}

const userInfoOf = ({ name, uid, groups, extra }: UserInfo): Record<string, unknown> => ({
  ...present({ username: name, uid }),
  ...(groups.length > 0 && { groups }),
  ...(extra && Object.keys(extra).length > 0 && { extra }),
});
