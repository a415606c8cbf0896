/** Taints and tolerations (component-helpers `ToleratesTaint`). */
import type { Taint, Toleration } from '@orrery/kinds/types';

type TaintLike = Pick<Taint, 'key' | 'effect'> & { readonly value?: string };

export function tolerates(toleration: Toleration, taint: TaintLike): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (!toleration.key && toleration.operator !== 'Exists') return false;
  return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '');
}

export const untolerated = (
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
): Taint[] => (taints ?? []).filter(taint => !(tolerations ?? []).some(toleration => tolerates(toleration, taint)));
