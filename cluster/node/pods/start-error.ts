/** A container could not be started; `reason` and `message` become its waiting state. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly reason: StartFailure;
  /** Milliseconds until the next try; absent: the usual pause. */
  readonly retryMs: number | undefined;
  /** What the event says; absent: the message. */
  readonly event: string | undefined;

  constructor(
    reason: StartFailure,
    message: string,
    options: { retryMs?: number; event?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.retryMs = options.retryMs;
    this.event = options.event;
  }
}

export type StartFailure =
  | 'ErrImagePull'
  | 'ImagePullBackOff'
  | 'ErrImageNeverPull'
  | 'InvalidImageName'
  | 'ImageInspectError'
  | 'CreateContainerConfigError'
  | 'CreateContainerError'
  | 'RunContainerError'
  | 'PostStartHookError';
