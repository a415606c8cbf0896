/** Many webhooks behind one address. */
import { errorAnswer, textAnswer, type Handler } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Metrics } from '../metrics.ts';
import type { Webhook } from './types.ts';

export interface WebhookHandlerOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
  readonly metrics?: Metrics;
}

/** Routes by path, whatever the query (the API server names its timeout there). Throws when two webhooks have one path. */
export function webhookHandler(webhooks: readonly Webhook[], options: WebhookHandlerOptions): Handler {
  const byPath = new Map<string, Handler>();
  for (const { path, handler } of webhooks) {
    if (byPath.has(path)) throw new Error(`two webhooks are served at ${path}`);
    byPath.set(path, measured(path, handler, options));
  }
  return async request => {
    const handler = byPath.get(request.target.split('?', 1)[0]!);
    if (!handler) return textAnswer(404, 'not found\n');
    if (request.method !== 'POST') return textAnswer(405, 'method not allowed\n');
    return handler(request);
  };
}

function measured(webhook: string, handler: Handler, { clock, log, metrics }: WebhookHandlerOptions): Handler {
  let inFlight = 0;
  const show = () => metrics?.set('controller_runtime_webhook_requests_in_flight', { webhook }, inFlight);
  return async request => {
    const started = clock.monotonic();
    inFlight++;
    show();
    const answer = await handler(request).catch(error => {
      log.error('webhook failed', { webhook, error });
      return errorAnswer(error);
    });
    inFlight--;
    show();
    metrics?.count('controller_runtime_webhook_requests_total', { webhook, code: String(answer.status) });
    metrics?.observe('controller_runtime_webhook_latency_seconds', { webhook }, (clock.monotonic() - started) / 1_000);
    return answer;
  };
}
