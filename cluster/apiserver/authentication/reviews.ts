/** TokenReview and SelfSubjectReview. */
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { badRequest } from '@orrery/machinery/status';
import type { Action } from '../types.ts';
import type { TokenAuthenticator } from './tokens.ts';
import { TokenError } from './tokens.ts';
import { asAuthenticated, wireUser } from './user.ts';

interface TokenReview extends KubeObject {
  spec?: { token?: string; audiences?: string[] };
  status?: Record<string, unknown>;
}

const unknownToken = 'invalid bearer token';

export function tokenReviewAction(tokens: TokenAuthenticator, apiAudiences: readonly string[]): Action {
  return async object => {
    const review = object as TokenReview;
    const { token = '', audiences = [] } = review.spec ?? {};
    if (!token) throw badRequest('token is required for TokenReview in authentication');
    const refused = (error: string) => ({ ...review, status: { user: {}, error } });
    try {
      const verified = await tokens(token, audiences.length > 0 ? audiences : apiAudiences);
      if (!verified) return refused(unknownToken);
      const user = wireUser(asAuthenticated(verified.user));
      return { ...review, status: { authenticated: true, user, audiences: verified.audiences } };
    } catch (error) {
      if (error instanceof TokenError) return refused(`[${unknownToken}, ${error.message}]`);
      throw error;
    }
  };
}

/** Tells callers who they are. */
export const selfSubjectReviewAction: Action = async (object, context) => {
  const metadata = { ...object.metadata, creationTimestamp: formatTime(context.nowMs) };
  const answer: KubeObject & { status: unknown } = {
    ...object,
    metadata,
    status: { userInfo: wireUser(context.user) },
  };
  return answer;
};
