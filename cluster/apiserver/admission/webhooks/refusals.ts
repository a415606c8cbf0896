/** How a write is refused on behalf of a webhook (apiserver `webhook/errors`, `util/webhook/error.go`). */
import { badRequest, internalError, StatusError } from '@orrery/machinery/status';
import type { StatusDetails, StatusReason } from '@orrery/machinery/status';

/** A webhook could not be asked, or its answer is none: the failure policy decides. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  /** The status that stands for it in metrics. */
  readonly code: number;

  constructor(webhook: string, why: string, code: number) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`);
    this.code = code;
  }
}

/** A webhook said no. */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  readonly status: StatusError;

  constructor(status: StatusError) {
    super(status.message);
    this.status = status;
  }
}

export const closed = (failure: CallFailure): StatusError => internalError(failure.message);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What the user is told of a refusal: the webhook's own status, which is never less than an error. */
export function rejection(webhook: string, status: Readonly<Record<string, unknown>> = {}): Rejection {
  const deniedBy = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const given = Number(status.code);
  const code = Number.isInteger(given) && given >= 400 && given <= 999 ? given : 400;
  const why = text(status.message) || text(status.reason);
  const message = why === '' ? `${deniedBy} without explanation` : `${deniedBy}: ${why}`;
  const reason = (text(status.reason) || undefined) as StatusReason | undefined;
  const details = typeof status.details === 'object' && status.details !== null ? status.details : undefined;
  return new Rejection(new StatusError(code, reason, message, details as StatusDetails | undefined));
}

export const noDryRun = (webhook: string): StatusError =>
  badRequest(`admission webhook ${JSON.stringify(webhook)} does not support dry run`);

export const tooLate = (): StatusError =>
  new StatusError(504, 'Timeout', 'Timeout: request did not complete within requested timeout', {});
