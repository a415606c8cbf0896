/** Authorizers one after the other. */
import type { Authorizer } from '../types.ts';

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
