/** From an answer back to the error it stands for. */
import { readBody, type Response } from '@orrery/http';
import { StatusError, type Status } from '@orrery/machinery/status';

const decoder = new TextDecoder();

/** Rejects with the answer's Status as an error unless the status is 2xx (the body is then untouched). */
export async function expectSuccess(response: Response, signal?: AbortSignal): Promise<void> {
  if (response.status >= 200 && response.status < 300) return;
  throw await errorOf(response, signal);
}

/** The error that an answer stands for: its Status, or what can be said of a body that is none. */
export async function errorOf(response: Response, signal?: AbortSignal): Promise<StatusError> {
  const known = response.object as Partial<Status> | undefined;
  if (known?.kind === 'Status') return StatusError.from(known, response.status);
  const text = decoder.decode(await readBody(response.body, { signal, limit: 1 << 20 })).trim();
  const status = statusIn(text);
  if (status) return StatusError.from(status, response.status);
  // A server that does not know the path says so in plain words; what is asked for is not there either way.
  const reason = response.status === 404 ? 'NotFound' : undefined;
  return new StatusError(response.status, reason, text || `the server answered with status ${response.status}`);
}

function statusIn(text: string): Partial<Status> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as Partial<Status>;
    return value.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}
