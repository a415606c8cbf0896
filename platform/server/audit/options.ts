/** What the platform's configuration says of the audit (`auditing` in KubeSphere's file), read for each use. */
import { parseDuration } from '@orrery/machinery/duration';
import { parseQuantity, toNumber } from '@orrery/machinery/quantity';
import { countAt, flagAt, listAt, textAt, type Fields } from '../config/document.ts';

export type Level = 'None' | 'Metadata' | 'Request' | 'RequestResponse';

export interface Receiver {
  readonly name: string;
  readonly url: string;
  /** PEM certificates. */
  readonly ca?: string;
  /** A Secret in the platform's namespace whose `token` goes along. */
  readonly secret?: string;
  /** `alerted`: only records that a rule alerts of; `alerts`: what an Alertmanager takes of them. All records unless given. */
  readonly takes?: 'alerted' | 'alerts';
}

export interface AuditOptions {
  readonly level: Level;
  /** Nothing is changed that cannot be recorded. */
  readonly required: boolean;
  readonly keptMs: number;
  readonly bytesMax: number;
  readonly receivers: readonly Receiver[];
  readonly batchSize: number;
  readonly batchMs: number;
}

const levels = new Set<string>(['None', 'Metadata', 'Request', 'RequestResponse']);
const dayMs = 24 * 3600 * 1000;

function bytesAt(fields: Fields, name: string, otherwise: number): number {
  try {
    const text = textAt(fields, name);
    return text === undefined ? otherwise : Math.max(0, toNumber(parseQuantity(text)));
  } catch {
    return otherwise;
  }
}

function msAt(fields: Fields, name: string, otherwise: number): number {
  try {
    const text = textAt(fields, name);
    return text === undefined ? otherwise : Math.max(10, parseDuration(text));
  } catch {
    return otherwise;
  }
}

/** `storeBytesMax` is what the store is meant to hold unless the file says otherwise. */
export function readAuditOptions(auditing: Fields, storeBytesMax: number): AuditOptions {
  const level = textAt(auditing, 'level') ?? textAt(auditing, 'auditLevel') ?? 'Metadata';
  const single = textAt(auditing, 'webhookUrl') ?? textAt(auditing, 'webhookURL');
  const listed = listAt(auditing, 'receivers').flatMap((fields): Receiver[] => {
    const url = textAt(fields, 'url');
    if (url === undefined) return [];
    const [ca, secret] = [textAt(fields, 'caBundle'), textAt(fields, 'secret')];
    return [{ name: textAt(fields, 'name') ?? url, url, ...(ca && { ca }), ...(secret && { secret }) }];
  });
  return {
    level: flagAt(auditing, 'enable') === false ? 'None' : levels.has(level) ? (level as Level) : 'Metadata',
    required: flagAt(auditing, 'required') ?? false,
    keptMs: (countAt(auditing, 'retentionDays') ?? 30) * dayMs,
    bytesMax: bytesAt(auditing, 'totalLimit', storeBytesMax),
    receivers: [...(single === undefined ? [] : [{ name: 'webhook', url: single }]), ...listed],
    batchSize: Math.max(1, countAt(auditing, 'eventBatchSize') ?? 100),
    batchMs: msAt(auditing, 'eventBatchInterval', 3_000),
  };
}
