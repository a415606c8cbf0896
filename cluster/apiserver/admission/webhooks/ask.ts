/** Asks one webhook about one write. */
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import { StatusError } from '@orrery/machinery/status';
import type { Callout } from '../../callout/callout.ts';
import { CalloutError } from '../../callout/words.ts';
import type { AdmissionAttributes, Authorizer, Served } from '../../types.ts';
import type { Matched } from '../matching.ts';
import type { WebhookMetrics } from './metrics.ts';
import { CallFailure, noDryRun, Rejection, rejection } from './refusals.ts';
import { reviewOf, reviewVersionOf, verdictOf } from './review.ts';
import type { ShownObjects, Verdict } from './review.ts';
import type { Hook } from './source.ts';

export interface WebhookParts {
  readonly callout: Callout;
  readonly served: Served;
  readonly authorizer: Authorizer;
  readonly metrics: WebhookMetrics;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly random: Random;
  readonly log: { warn(message: string, fields?: Record<string, unknown>): void };
}

const defaultTimeoutSeconds = 10;
const withoutSideEffects: readonly unknown[] = ['None', 'NoneOnDryRun'];

/** What is allowed. @throws CallFailure, Rejection, StatusError */
export async function ask(
  hook: Hook,
  isMutating: boolean,
  attributes: AdmissionAttributes,
  matched: Matched,
  objects: ShownObjects,
  { callout, random }: WebhookParts,
): Promise<Verdict> {
  const { webhook } = hook;
  const { name } = webhook;
  if (attributes.dryRun && !withoutSideEffects.includes(webhook.sideEffects)) throw noDryRun(name);
  const version = reviewVersionOf(webhook.admissionReviewVersions);
  if (version === undefined) {
    const why = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)';
    throw new CallFailure(name, `could not create admission objects: ${why}`, 400);
  }
  const uid = random.uuid();
  const answer = await callout(webhook.clientConfig, reviewOf(version, uid, attributes, matched, objects), {
    timeoutMs: (webhook.timeoutSeconds ?? defaultTimeoutSeconds) * 1000,
    ...(attributes.signal && { signal: attributes.signal }),
  }).catch((error: unknown) => {
    if (!(error instanceof CalloutError)) throw error;
    const what = error.isLocal ? 'could not get REST client' : 'failed to call webhook';
    throw new CallFailure(name, `${what}: ${error.message}`, error.code);
  });
  let verdict: Verdict;
  try {
    verdict = verdictOf(answer, version, uid, isMutating);
  } catch (error) {
    throw new CallFailure(name, `received invalid webhook response: ${(error as Error).message}`, 503);
  }
  for (const [key, value] of Object.entries(verdict.auditAnnotations)) attributes.annotate(`${name}/${key}`, value);
  for (const text of warningsOf(verdict.warnings)) attributes.warn(text);
  if (!verdict.allowed) throw rejection(name, verdict.status);
  return verdict;
}

/** So many characters of warnings of one webhook reach the user. */
const warningLettersMax = 256;
const allWarningLettersMax = 4096;

/** Warnings are shown whole while there are few, else shortened. */
export function warningsOf(warnings: readonly string[]): string[] {
  const all = warnings.reduce((sum, text) => sum + text.length, 0);
  let left = allWarningLettersMax;
  const shown: string[] = [];
  for (const text of warnings) {
    const cut = all > allWarningLettersMax ? text.slice(0, warningLettersMax) : text;
    if (cut.length > left) break;
    left -= cut.length;
    shown.push(cut);
  }
  return shown;
}

/** Runs one call, counts it, and answers what it came to. */
export async function counted<T>(
  hook: Hook,
  type: string,
  operation: string,
  { metrics, clock }: Pick<WebhookParts, 'metrics' | 'clock'>,
  call: () => Promise<T>,
): Promise<T> {
  const { name, failurePolicy } = hook.webhook;
  const started = clock.monotonic();
  const done = (code: number, rejected: boolean): void =>
    metrics.called(name, type, operation, code, rejected, (clock.monotonic() - started) / 1000);
  try {
    const result = await call();
    done(200, false);
    return result;
  } catch (error) {
    if (error instanceof CallFailure) {
      const isClosed = failurePolicy !== 'Ignore';
      if (isClosed) metrics.rejected(name, type, operation, 'calling_webhook_error', error.code);
      done(error.code, isClosed);
    } else if (error instanceof Rejection) {
      metrics.rejected(name, type, operation, 'no_error', error.status.code);
      done(error.status.code, true);
    } else {
      metrics.rejected(name, type, operation, 'apiserver_internal_error', 0);
      done(error instanceof StatusError ? error.code : 0, true);
    }
    throw error;
  }
}
