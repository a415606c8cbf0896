/** One error shape from end to end: Kubernetes' `metav1.Status` (apimachinery `api/errors`). */

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** `metav1.Status` as it goes on the wire. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: { continue?: string };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: StatusReason;
  details?: StatusDetails;
  code: number;
}

export type StatusReason =
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'ServerTimeout'
  | 'Timeout'
  | 'TooManyRequests'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'Expired'
  | 'ServiceUnavailable';

/** An error that knows its HTTP answer. `message` is what users read: one sentence naming the field and the remedy. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: StatusReason | undefined;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: StatusReason | undefined, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  toStatus(): Status {
    const { code, reason, details, message } = this;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason && { reason }),
      ...(details && { details }),
      code,
    };
  }

  /** The inverse of {@link toStatus}: how a client turns an answer back into an error. */
  static from(status: Partial<Status>, code = status.code ?? 500): StatusError {
    return new StatusError(
      code,
      status.reason,
      status.message ?? `the server answered with status ${code}`,
      status.details,
    );
  }
}

/** What an error is about: the `details` of most answers. */
export interface ResourceName {
  group: string;
  /** The plural resource name: upstream puts it in `details.kind`. */
  resource: string;
  name?: string;
}

const about = ({ group, resource, name }: ResourceName): StatusDetails => ({
  ...(name && { name }),
  ...(group && { group }),
  ...(resource && { kind: resource }),
});

const qualified = ({ group, resource }: ResourceName): string => (group ? `${resource}.${group}` : resource);

export const notFound = (what: ResourceName): StatusError =>
  new StatusError(404, 'NotFound', `${qualified(what)} "${what.name ?? ''}" not found`, about(what));

export const alreadyExists = (what: ResourceName): StatusError =>
  new StatusError(409, 'AlreadyExists', `${qualified(what)} "${what.name ?? ''}" already exists`, about(what));

export const conflict = (what: ResourceName, why: string): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(what)} "${what.name ?? ''}": ${why}`,
    about(what),
  );

export const forbidden = (what: ResourceName, why: string): StatusError => {
  const subject =
    what.resource === ''
      ? ''
      : what.name
        ? `${qualified(what)} "${what.name}" is forbidden: `
        : `${qualified(what)} is forbidden: `;
  return new StatusError(403, 'Forbidden', `${subject || 'forbidden: '}${why}`, about(what));
};

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message);

export const unauthorized = (message = 'Unauthorized'): StatusError => new StatusError(401, 'Unauthorized', message);

export const tooManyRequests = (message: string, retryAfterSeconds: number): StatusError =>
  new StatusError(429, 'TooManyRequests', message, { retryAfterSeconds });

export const expired = (message: string): StatusError => new StatusError(410, 'Expired', message);

export const internalError = (message: string): StatusError =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });

/** True when `error` is a StatusError with this reason; the usual test around an API call. */
export const isReason = (error: unknown, reason: StatusReason): error is StatusError =>
  error instanceof StatusError && error.reason === reason;

/** Runs `call` and answers undefined instead of a NotFound: not-found is a normal answer. */
export async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
