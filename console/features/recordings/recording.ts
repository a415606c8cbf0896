/** What is shown of a recorded terminal (pure). */
import type { Recording } from '@orrery/platform-contract/features';
import type { Tone } from '../../ui/Badge.tsx';

export const stateTones = { open: 'busy', ended: 'good', interrupted: 'warn' } as const satisfies Record<
  Recording['status']['state'],
  Tone
>;

/** Where it was: `shop / web-1 / nginx`, a node's name; nothing for kubectl. */
export const whereOf = ({ spec: { namespace, pod, container, node } }: Recording): string =>
  node ?? [namespace, pod, container].filter(Boolean).join(' / ');

export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${units[power]}`;
}
