/** Sends audit records to a webhook: in batches, from a bounded queue, patiently (apiserver `plugin/pkg/audit/{buffered,webhook}`). */
import type { Handler } from '@orrery/http';
import { readBody } from '@orrery/http';
import type { Clock, Timer } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { AuditBackend } from './audit.ts';

export interface AuditWebhookOptions {
  /** Leads to the webhook; the path is that of its URL. */
  readonly send: Handler;
  readonly path?: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Upstream's sizes and times unless given. */
  readonly sizes?: Partial<typeof defaults>;
}

const defaults = {
  /** Records that wait; what comes beyond is lost and counted. */
  queued: 10_000,
  batch: 400,
  /** How long the first record of a batch waits for others. */
  waitMs: 30_000,
  timeoutMs: 30_000,
  attempts: 5,
  backoffMs: 10_000,
};

const factor = 1.5;

export interface AuditWebhook extends AuditBackend {
  /** Sends what is left, once. */
  close(): Promise<void>;
}

export function createAuditWebhook({ send, path = '/', clock, log, sizes }: AuditWebhookOptions): AuditWebhook {
  const { queued, batch, waitMs, timeoutMs, attempts, backoffMs } = { ...defaults, ...sizes };
  let waiting: string[] = [];
  let lost = 0;
  let timer: Timer | undefined;
  let working: Promise<void> | undefined;
  const ending = new AbortController();

  const post = async (lines: readonly string[]): Promise<void> => {
    const text = `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${lines.join(',')}]}`;
    const stop = new AbortController();
    const late = clock.after(timeoutMs, () => stop.abort(new Error('no answer in time'))).unref();
    try {
      const headers = { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'orrery-audit' };
      const answer = await send({
        method: 'POST',
        target: path,
        headers,
        body: Buffer.from(text),
        signal: stop.signal,
      });
      await readBody(answer.body, { limit: 1 << 20, signal: stop.signal });
      if (answer.status >= 300) throw new Error(`the webhook answered with ${answer.status}`);
    } finally {
      late.cancel();
    }
  };
  const deliver = async (lines: readonly string[]): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await post(lines);
      } catch (error) {
        if (attempt >= attempts || ending.signal.aborted)
          return log.error('audit records could not be sent', { records: lines.length, error });
        await clock.sleep(backoffMs * factor ** (attempt - 1), ending.signal);
      }
    }
  };
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = waiting.slice(0, batch);
      waiting = waiting.slice(batch);
      await deliver(lines);
      // Whether the rest is worth a batch is seen anew.
      if (waiting.length < batch && !ending.signal.aborted) break;
    }
  };
  const start = (): void => {
    timer?.cancel();
    timer = undefined;
    working ??= work().finally(() => {
      working = undefined;
      if (waiting.length > 0) later();
    });
  };
  const later = (): void => {
    if (working !== undefined || ending.signal.aborted) return;
    if (waiting.length >= batch) start();
    else timer ??= clock.after(waitMs, start).unref();
  };
  return {
    write(line) {
      if (waiting.length >= queued) {
        if (lost++ === 0)
          log.error('audit records are lost: the webhook does not keep up', { waiting: waiting.length });
        return;
      }
      if (lost > 0) log.error('audit records were lost', { records: lost });
      lost = 0;
      waiting.push(line);
      later();
    },
    async close() {
      ending.abort();
      await working;
      timer?.cancel();
      await work();
    },
  };
}
