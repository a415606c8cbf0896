/** Which records of requests are kept, and where they go: a file, a webhook, or both. */
import { readFileSync } from 'node:fs';
import { auditPolicyOf, createAuditWebhook, documentOf, type AuditOptions } from '@orrery/apiserver/security';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { openAuditLog } from './audit-log.ts';
import { outboundOf } from './outbound.ts';
import type { Settings } from './settings.ts';

export interface AuditParts {
  readonly options: Omit<AuditOptions, 'clock'>;
  close(): Promise<void>;
}

const everything: AuditOptions['policy'] = { rules: [{ level: 'Metadata' }] };

/**
 * Undefined when nothing is to be recorded.
 * @throws Error in one sentence, naming the option, for a file that cannot be used
 */
export async function openAudit(
  { auditLog, auditPolicyFile, auditWebhookConfigFile }: Settings,
  clock: Clock,
  log: Log,
): Promise<AuditParts | undefined> {
  if (auditLog === undefined && auditWebhookConfigFile === undefined) {
    if (auditPolicyFile === undefined) return undefined;
    throw new Error(
      '--audit-policy-file says what to record, but not where: give --audit-log or --audit-webhook-config-file too',
    );
  }
  const policy =
    auditPolicyFile === undefined ? everything : readDocument(auditPolicyFile, '--audit-policy-file', auditPolicyOf);
  const outbound =
    auditWebhookConfigFile === undefined
      ? undefined
      : await outboundOf(auditWebhookConfigFile, '--audit-webhook-config-file', clock);
  const webhook = outbound && createAuditWebhook({ ...outbound, clock, log });
  const file = auditLog === undefined ? undefined : openAuditLog(auditLog, log);
  return {
    options: {
      policy,
      backend: {
        write(line) {
          file?.write(line);
          webhook?.write(line);
        },
      },
    },
    async close() {
      file?.close();
      if (webhook) await orLate(webhook.close(), clock);
      outbound?.close();
    },
  };
}

/** What is left is sent at the end. A webhook that does not answer must not hold up the store, which is closed after this. */
const lastWordsMs = 5_000;

async function orLate(work: Promise<void>, clock: Clock): Promise<void> {
  const patience = new AbortController();
  await Promise.race([work, clock.sleep(lastWordsMs, patience.signal)]);
  patience.abort();
}

/** Reads a YAML or JSON file. @throws Error in one sentence, naming the option */
export function readDocument<T>(file: string, option: string, read: (value: unknown) => T): T {
  try {
    return read(documentOf(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`the file of ${option}, ${file}, cannot be used: ${(error as Error).message}`, { cause: error });
  }
}
