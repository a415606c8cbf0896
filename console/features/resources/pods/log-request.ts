/** Which part of which log is asked for (pure). */
import { pathOf, withQuery } from '@orrery/client';
import type { Pod } from '@orrery/kinds/types';

/** Where to begin: so many lines from the end, so many minutes ago, or where the node's file begins. */
export interface Tail {
  readonly key: string;
  readonly unit: 'tailLines' | 'tailMinutes' | 'tailAll';
  readonly count: number;
}

export const tails: readonly Tail[] = [
  { key: '200', unit: 'tailLines', count: 200 },
  { key: '1000', unit: 'tailLines', count: 1000 },
  { key: '5m', unit: 'tailMinutes', count: 5 },
  { key: '60m', unit: 'tailMinutes', count: 60 },
  { key: 'all', unit: 'tailAll', count: 0 },
];

export const tailOf = (key: string | undefined): Tail => tails.find(tail => tail.key === key) ?? tails[0]!;

export interface LogWish {
  readonly container: string;
  readonly follow: boolean;
  /** Of the container before its last restart: it is over, and cannot be followed. */
  readonly previous: boolean;
  readonly tail: Tail;
}

/** The request of `kubectl logs`. Times are always asked for: they are shown or not. */
export function logTarget({ metadata }: Pod, { container, follow, previous, tail }: LogWish): string {
  const { name = '', namespace = '' } = metadata;
  const pods = { group: '', version: 'v1', resource: 'pods' };
  return withQuery(pathOf(pods, { namespace, name, subresource: 'log' }), {
    container,
    follow: follow && !previous,
    previous,
    timestamps: true,
    ...(tail.unit === 'tailLines' && { tailLines: tail.count }),
    ...(tail.unit === 'tailMinutes' && { sinceSeconds: tail.count * 60 }),
  });
}
