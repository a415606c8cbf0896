/** Asks a webhook whose token it is: a TokenReview to where a kubeconfig leads (apiserver `plugin/pkg/authenticator/token/webhook`). */
import { createHash } from 'node:crypto';
import type { Handler, UserInfo } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import { post } from './review-call.ts';
import type { TokenAuthenticator, Verified } from './tokens.ts';
import { TokenError } from './tokens.ts';

export interface TokenWebhookOptions {
  readonly send: Handler;
  readonly path: string;
  readonly clock: Clock;
  /** How long an answer counts, yes or no; two minutes unless given. */
  readonly cacheMs?: number;
}

interface Status {
  readonly authenticated?: boolean;
  readonly user?: { username?: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> };
  readonly audiences?: string[];
  readonly error?: string;
}

const timeoutMs = 30_000;
const entriesMax = 4096;

function verifiedOf({ user = {}, audiences: stated = [] }: Status, audiences: readonly string[]): Verified {
  const { username = '', uid, groups = [], extra } = user;
  // A webhook that names no audiences knows of none: it answers for the API.
  const shared = stated.length === 0 ? audiences : stated.filter(audience => audiences.includes(audience));
  if (shared.length === 0) throw new TokenError('the webhook answered for other audiences');
  if (username === '') throw new TokenError('the webhook named no user');
  const found: UserInfo = { name: username, groups, ...(uid && { uid }), ...(extra && { extra }) };
  return { user: found, audiences: shared };
}

/** Answers are remembered by hash; a webhook that cannot be asked is asked again with the next request. */
export function tokenWebhook({ send, path, clock, cacheMs = 120_000 }: TokenWebhookOptions): TokenAuthenticator {
  const known = new Map<string, { status: Status; untilMs: number }>();
  const statusOf = async (token: string, audiences: readonly string[]): Promise<Status> => {
    const key = createHash('sha256')
      .update(`${token} ${audiences.join(' ')}`)
      .digest('base64');
    const found = known.get(key);
    if (found && clock.monotonic() < found.untilMs) return found.status;
    known.delete(key);
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences } };
    const answer = (await post({ send, path, clock, timeoutMs }, review).catch((error: Error) => {
      throw new TokenError(`the webhook could not be asked: ${error.message}`);
    })) as { status?: Status };
    const status = answer.status ?? {};
    known.set(key, { status, untilMs: clock.monotonic() + cacheMs });
    if (known.size > entriesMax) known.delete(known.keys().next().value!);
    return status;
  };
  return async (token, audiences) => {
    const status = await statusOf(token, audiences);
    if (status.authenticated) return verifiedOf(status, audiences);
    if (status.error) throw new TokenError(`the webhook says: ${status.error}`);
    return undefined;
  };
}
