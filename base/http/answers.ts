/** Small builders of {@link Response}, and the one place where an error becomes an answer. */
import { StatusError, internalError, type Status } from '@orrery/machinery/status';
import type { Headers, Response } from './types.ts';

const encoder = new TextEncoder();

/** An answer whose body is `object` as JSON, with a final newline as upstream's encoder writes. */
export const jsonAnswer = (status: number, object: unknown, headers: Headers = {}): Response => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: encoder.encode(`${JSON.stringify(object)}\n`),
  object,
});

/** A plain text answer. */
export const textAnswer = (status: number, text: string, headers: Headers = {}): Response => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body: encoder.encode(text),
});

/** The answer for a Status; 429 and others that name a delay carry it as `retry-after` too. */
export const statusAnswer = (status: Status): Response =>
  jsonAnswer(
    status.code,
    status,
    status.details?.retryAfterSeconds ? { 'retry-after': String(status.details.retryAfterSeconds) } : {},
  );

/** What a thrown value is on the wire: its Status, or an internal error that tells no more than the message. */
export const errorAnswer = (error: unknown): Response =>
  statusAnswer(
    (error instanceof StatusError
      ? error
      : internalError(error instanceof Error ? error.message : String(error))
    ).toStatus(),
  );
