/** Sends records on, in batches, by the guarded client. A receiver that does not answer has its own queue, and loses the oldest. */
import type { AuditEvent } from '@orrery/platform-contract/features';
import { getSecret, fromBase64 } from '../identity/secrets.ts';
import type { PlatformContext } from '../context.ts';
import type { AuditOptions, Receiver } from './options.ts';
import { isAlerted, toAlertmanager } from './rules/mark.ts';

const queueMax = 10_000;
const retryMs = { first: 1_000, longest: 60_000 };
const encoder = new TextEncoder();

export interface Receivers {
  send(events: readonly AuditEvent[]): void;
}

interface Queue {
  readonly events: AuditEvent[];
  isRunning: boolean;
}

export function createReceivers(
  context: Pick<PlatformContext, 'client' | 'clock' | 'egress' | 'log' | 'signal'>,
  options: () => AuditOptions,
): Receivers {
  const { clock, log, signal } = context;
  const queues = new Map<string, Queue>();
  const run = async (name: string, queue: Queue): Promise<void> => {
    for (let failures = 0; queue.events.length > 0 && !signal.aborted;) {
      const { receivers, batchSize, batchMs } = options();
      const receiver = receivers.find(one => one.name === name);
      if (!receiver) return void queues.delete(name);
      if (failures === 0 && queue.events.length < batchSize) await clock.sleep(batchMs, signal);
      if (signal.aborted) return;
      const batch = queue.events.slice(0, batchSize);
      try {
        await post(context, receiver, batch);
        failures = 0;
        // Some may have been dropped meanwhile from the front.
        const sent = new Set(batch);
        while (queue.events.length > 0 && sent.has(queue.events[0]!)) queue.events.shift();
      } catch (error) {
        if (failures++ === 0) log.warn('a receiver of the audit does not take records; trying again', { name, error });
        await clock.sleep(Math.min(retryMs.first * 2 ** (failures - 1), retryMs.longest), signal);
      }
    }
  };
  return {
    send(events) {
      for (const { name, takes } of options().receivers) {
        const wanted = takes === undefined ? events : events.filter(isAlerted);
        if (wanted.length === 0) continue;
        const queue = queues.get(name) ?? { events: [], isRunning: false };
        queues.set(name, queue);
        queue.events.push(...wanted);
        const over = queue.events.length - queueMax;
        if (over > 0) {
          queue.events.splice(0, over);
          log.warn('a receiver of the audit is behind: the oldest records are not sent to it', { name, over });
        }
        if (queue.isRunning) continue;
        queue.isRunning = true;
        void run(name, queue).finally(() => (queue.isRunning = false));
      }
    },
  };
}

async function post(
  { client, egress, signal }: Pick<PlatformContext, 'client' | 'egress' | 'signal'>,
  { url, ca, secret, takes }: Receiver,
  items: readonly AuditEvent[],
): Promise<void> {
  const token = secret === undefined ? undefined : (await getSecret(client, secret))?.data?.['token'];
  const body = JSON.stringify(
    takes === 'alerts'
      ? toAlertmanager(items)
      : { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items },
  );
  const { status } = await egress.fetch({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(token !== undefined && { credentials: { authorization: `Bearer ${fromBase64(token).trim()}` } }),
    ...(ca !== undefined && { ca }),
    body: encoder.encode(body),
    signal,
  });
  if (status >= 300) throw new Error(`the receiver answered ${status}`);
}
