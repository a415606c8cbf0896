/** Failures of a runtime. */

export type RuntimeErrorCode =
  | 'notFound'
  | 'alreadyExists'
  | 'invalidArgument'
  | 'failedPrecondition'
  | 'deadlineExceeded'
  | 'unimplemented'
  | 'unavailable'
  | 'cancelled'
  | 'permissionDenied'
  | 'resourceExhausted'
  | 'unknown';

/** Any failure of a runtime. `message` is the runtime's own sentence: it ends up in events and in waiting messages. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** True when `error` is a RuntimeError with this code. */
export const isRuntimeError = (error: unknown, code: RuntimeErrorCode): error is RuntimeError =>
  error instanceof RuntimeError && error.code === code;
