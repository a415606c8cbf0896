/** The errors of OAuth 2 (RFC 6749 5.2) as answers. */
import { jsonAnswer, type Headers, type Response } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';

export class OAuthError extends Error {
  readonly status: number;
  readonly code: string;
  /** What the answer says beside the error. */
  readonly headers: Headers;
  constructor(status: number, code: string, description: string, headers: Headers = {}) {
    super(description);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const invalidGrant = (why: string) => new OAuthError(400, 'invalid_grant', why);
export const invalidRequest = (why: string) => new OAuthError(400, 'invalid_request', why);
export const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' };

/** The answer of `work`, or its error in OAuth's form; what is none of OAuth's is thrown on. */
export async function answered(work: () => Promise<unknown>): Promise<Response> {
  try {
    return jsonAnswer(200, await work(), noStore);
  } catch (error) {
    const known = asOAuthError(error);
    if (!known) throw error;
    const { status, code, message, headers } = known;
    const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="oauth"' } : {};
    return jsonAnswer(status, { error: code, error_description: message }, { ...noStore, ...challenge, ...headers });
  }
}

function asOAuthError(error: unknown): OAuthError | undefined {
  if (error instanceof OAuthError) return error;
  if (!(error instanceof StatusError)) return undefined;
  // In whole seconds (RFC 9110 10.2.3), as answers of all other routes say it.
  const { retryAfterSeconds } = error.toStatus().details ?? {};
  const later: Headers = retryAfterSeconds ? { 'retry-after': String(retryAfterSeconds) } : {};
  if (error.code === 429) return new OAuthError(429, 'slow_down', error.message, later);
  return error.code === 400 || error.code === 401 ? invalidGrant(error.message) : undefined;
}
