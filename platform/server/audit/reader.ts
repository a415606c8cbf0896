/** Reads what is stored, one segment after the other; what was read is kept for the next question, within bounds. */
import { tooManyRequests } from '@orrery/machinery/status';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { linesOf, readLink } from './links.ts';
import type { Range } from './query.ts';
import type { AuditStorage, Segment } from './storage.ts';

/** Text of segments whose records are kept; as objects they take some times as much. */
const keptBytes = 24 * 1024 * 1024;
const atOnce = 4;

export interface Reader {
  /** Calls `take` for every record of segments that may have some of this time. Rejects with 429 while too many questions are asked. */
  scan(range: Range, take: (event: AuditEvent) => void): Promise<void>;
}

export function createReader(storage: AuditStorage): Reader {
  const kept = new Map<
    string,
    { readonly version: string; readonly bytes: number; readonly events: readonly AuditEvent[] }
  >();
  let asking = 0;
  let size = 0;
  const drop = (key: string) => {
    size -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };
  const eventsOf = async (segment: Segment): Promise<readonly AuditEvent[]> => {
    const key = `${segment.chain}-${segment.number}`;
    const known = kept.get(key);
    drop(key);
    const fresh = known?.version === segment.version ? known : await read(storage, segment);
    kept.set(key, fresh);
    size += fresh.bytes;
    for (const oldest of kept.keys()) {
      if (size <= keptBytes) break;
      drop(oldest);
    }
    return fresh.events;
  };
  return {
    async scan({ fromMs, toMs }, take) {
      if (asking >= atOnce) throw tooManyRequests('too many questions to the audit at once: try again', 1);
      asking++;
      try {
        for (const segment of await storage.segments()) {
          if (segment.toMs < fromMs || segment.fromMs > toMs) continue;
          for (const event of await eventsOf(segment)) take(event);
        }
      } finally {
        asking--;
      }
    },
  };
}

async function read(storage: AuditStorage, segment: Segment) {
  const text = await storage.read(segment);
  const events = linesOf(text).flatMap(line => readLink(line)?.event ?? []);
  return { version: segment.version, bytes: text.length, events };
}
