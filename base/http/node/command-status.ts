/** How a remote command ended, as it goes over the error stream. */
import { internalError } from '@orrery/machinery/status';

/** The part of `metav1.Status` that ends a command; absent members are absent on the wire. */
export interface CommandStatus {
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
  readonly code?: number;
}

/** The process ended with this exit code; `why` is what goes into the message, upstream's `exit status N` unless given. */
export function exitStatus(code: number, why = `exit status ${code}`): CommandStatus {
  if (code === 0) return { status: 'Success' };
  return {
    status: 'Failure',
    message: `command terminated with non-zero exit code: ${why}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

/** The command could not be run (`doing` as upstream words it, e.g. `error executing command in container`). */
export function failureStatus(doing: string, error: unknown): CommandStatus {
  const message = error instanceof Error ? error.message : String(error);
  const { status, reason, details, code, message: full } = internalError(`${doing}: ${message}`).toStatus();
  return { status, message: full, reason, details, code };
}

/** The exit code of a status; undefined when the command did not get so far. */
export function exitCodeOf(status: CommandStatus): number | undefined {
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find(cause => cause.reason === 'ExitCode');
  return cause?.message === undefined ? undefined : Number(cause.message);
}

/** The bytes on the error stream: JSON from version 4 on, before that a text, and nothing at all for success. */
export function encodeStatus(status: CommandStatus, version: number): Uint8Array {
  if (version >= 4) return Buffer.from(JSON.stringify({ metadata: {}, ...status }));
  return Buffer.from(status.status === 'Success' ? '' : (status.message ?? 'command failed'));
}

/** The inverse. An error stream that ends without a word means success, as for client-go. */
export function decodeStatus(bytes: Uint8Array, version: number): CommandStatus {
  if (bytes.length === 0) return { status: 'Success' };
  const text = Buffer.from(bytes).toString();
  if (version < 4) return { status: 'Failure', message: text };
  try {
    return JSON.parse(text) as CommandStatus;
  } catch {
    return { status: 'Failure', message: `error stream protocol error: ${text}` };
  }
}
