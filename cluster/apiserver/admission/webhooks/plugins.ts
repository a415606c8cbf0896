/** The two plug-ins, following what is configured. */
import type { Log } from '@orrery/machinery/log';
import type { AdmissionPlugin, Authorizer, PartsContext } from '../../types.ts';
import type { WebhookParts } from './ask.ts';
import { createWebhookMetrics } from './metrics.ts';
import { mutatingWebhooks } from './mutating.ts';
import { HookSource } from './source.ts';
import { validatingWebhooks } from './validating.ts';

export interface WebhookPlugins {
  readonly mutating: AdmissionPlugin;
  readonly validating: AdmissionPlugin;
  close(): void;
}

type Context = Pick<PartsContext, 'reads' | 'served' | 'callout' | 'metrics' | 'clock' | 'random'> & {
  readonly log: Pick<Log, 'warn'>;
};

/** Resolves when the stored configurations are known. */
export async function startWebhooks(context: Context, authorizer: Authorizer): Promise<WebhookPlugins> {
  const { reads, served, callout, clock, random, log } = context;
  const metrics = createWebhookMetrics(context.metrics);
  const parts: WebhookParts = { callout, served, authorizer, metrics, clock, random, log };
  const mutating = new HookSource();
  const validating = new HookSource();
  const stops = await Promise.all([mutating.start('mutating', reads), validating.start('validating', reads)]);
  return {
    mutating: mutatingWebhooks(mutating, parts),
    validating: validatingWebhooks(validating, parts),
    close: () => stops.forEach(stop => stop()),
  };
}
