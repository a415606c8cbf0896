/** Why a pod fits nowhere, in upstream's words (`framework.FitError`). */
import type { Rejection } from './framework.ts';

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
export function fitError(nodes: number, rejections: ReadonlyMap<string, Rejection>): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const histogram = countReasons([...rejections.values()].flatMap(rejection => rejection.reasons));
  return `0/${nodes} nodes are available: ${histogram}.`;
}

/** What the search for victims adds to it. */
export function preemptionError(nodes: number, unresolvable: number, helpless: number): string {
  const reasons = [
    ...Array<string>(unresolvable).fill('Preemption is not helpful for scheduling'),
    ...Array<string>(helpless).fill('No preemption victims found for incoming pod'),
  ];
  return `preemption: 0/${nodes} nodes are available: ${countReasons(reasons)}.`;
}

function countReasons(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .toSorted()
    .join(', ');
}
