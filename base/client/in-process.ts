/** A server in the same process as a transport. */
import type { Handler, UserInfo } from '@orrery/http';

/**
 * A transport that calls `handler` directly with an identity of its own: TLS and the credential check are skipped, nothing else
 * of the chain is.
 */
export const asUser =
  (handler: Handler, user: UserInfo): Handler =>
  request =>
    handler({ ...request, user });
