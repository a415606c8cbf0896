/** Making requests as somebody else, with the rights of both. */
import type { Handler, Headers, UserInfo } from '@orrery/http';

/** The headers by which the API server is asked to treat a request as `user`'s. The caller needs the right to impersonate. */
export function impersonationHeaders(user: Partial<UserInfo>): Headers {
  const extra = Object.entries(user.extra ?? {}).filter(([, values]) => values.length > 0);
  return {
    ...(user.name && { 'impersonate-user': user.name }),
    ...(user.uid && { 'impersonate-uid': user.uid }),
    ...(user.groups?.length && { 'impersonate-group': user.groups }),
    ...Object.fromEntries(
      extra.map(([name, values]) => [`impersonate-extra-${encodeURIComponent(name.toLowerCase())}`, values]),
    ),
  };
}

/**
 * A transport whose requests are made as `user`, over the connections of `transport`. Impersonation headers that a request
 * brings along are dropped: nobody becomes anybody else by what they send.
 */
export function impersonating(transport: Handler, user: UserInfo): Handler {
  const as = impersonationHeaders(user);
  return request => {
    const own = Object.entries(request.headers).filter(([name]) => !name.toLowerCase().startsWith('impersonate-'));
    return transport({ ...request, headers: { ...Object.fromEntries(own), ...as } });
  };
}
