/** What a reader of a container's log asks for (`PodLogOptions`). */
import { badRequest } from '@orrery/machinery/status';

export interface LogOptions {
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  /** Lines from the end; absent: all. */
  tailLines?: number;
  /** Milliseconds since the epoch: nothing older. */
  since?: number;
  limitBytes?: number;
  /** One stream only. */
  stream?: 'stdout' | 'stderr';
}

const flag = (text: string | null): boolean => text === 'true' || text === '1';

/** Reads the query of `/containerLogs/...`. Throws a BadRequest in upstream's words. */
export function parseLogOptions(query: URLSearchParams, now: number): LogOptions {
  const number = (name: string): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    if (!/^-?\d+$/.test(text)) throw badRequest(`{"error": "Unable to decode query: ${name} must be a number."}`);
    return Number(text);
  };
  const tail = query.get('tailLines') === 'all' ? undefined : (number('tailLines') ?? number('tail'));
  const limitBytes = number('limitBytes');
  const seconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  if (tail !== undefined && tail < 0) throw badRequest('tailLines: Invalid value: must be greater than or equal to 0');
  if (limitBytes !== undefined && limitBytes < 1) throw badRequest('limitBytes: Invalid value: must be greater than 0');
  if (seconds !== undefined && seconds < 1) throw badRequest('sinceSeconds: Invalid value: must be greater than 0');
  const stream = query.get('stream');
  const since = seconds !== undefined ? now - seconds * 1000 : sinceTime ? Date.parse(sinceTime) : undefined;
  if (since !== undefined && Number.isNaN(since))
    throw badRequest('sinceTime: Invalid value: must be an RFC 3339 time');
  return {
    follow: flag(query.get('follow')),
    previous: flag(query.get('previous')),
    timestamps: flag(query.get('timestamps')),
    ...(tail !== undefined && { tailLines: tail }),
    ...(since !== undefined && { since }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(stream === 'Stdout' ? { stream: 'stdout' as const } : stream === 'Stderr' ? { stream: 'stderr' as const } : {}),
  };
}
