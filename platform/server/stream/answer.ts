/** An answer of a route as rows, and what is new in it for somebody who has an earlier one. */
import type { KubeObject } from '@orrery/machinery/meta';
import { rowId, type DeltaFrame, type GoneFrame, type ObjectFrame, type PageFrame } from '@orrery/platform-contract';

/** What a subscriber can hold. */
export type Answer =
  | { readonly kind: 'page'; readonly totalItems: number; readonly items: readonly KubeObject[] }
  | { readonly kind: 'object'; readonly object: unknown }
  | { readonly kind: 'gone' };

type WithoutId<F> = Omit<F, 'id'>;
export type News = WithoutId<PageFrame> | WithoutId<DeltaFrame> | WithoutId<ObjectFrame> | WithoutId<GoneFrame>;

/** A page of rows if it looks like one, else one object. */
export function answerFrom(value: unknown): Answer {
  const { items, totalItems } = (value ?? {}) as { items?: unknown; totalItems?: unknown };
  return Array.isArray(items) && typeof totalItems === 'number'
    ? { kind: 'page', items: items as KubeObject[], totalItems }
    : { kind: 'object', object: value };
}

/** The frame that brings a subscriber from `held` (nothing at first) to `now`; undefined when he has it already. */
export function newsOf(held: Answer | undefined, now: Answer): News | undefined {
  switch (now.kind) {
    case 'gone':
      return held?.kind === 'gone' ? undefined : { type: 'gone' };
    case 'object':
      if (held?.kind === 'object' && isSame(held.object, now.object)) return undefined;
      return { type: 'object', object: now.object };
    case 'page':
      return held?.kind === 'page' ? deltaOf(held, now) : pageFrame(now);
  }
}

type PageAnswer = Extract<Answer, { kind: 'page' }>;

const pageFrame = ({ totalItems, items }: PageAnswer): News => ({ type: 'page', totalItems, items });

function deltaOf(held: PageAnswer, now: PageAnswer): News | undefined {
  const known = new Map(held.items.map(item => [rowId(item), item]));
  const changed = now.items.filter(item => {
    const before = known.get(rowId(item));
    return before === undefined || !isSame(before, item);
  });
  const order = now.items.map(rowId);
  const sameOrder = order.length === held.items.length && held.items.every((item, row) => rowId(item) === order[row]);
  if (changed.length === 0 && sameOrder && held.totalItems === now.totalItems) return undefined;
  if (order.length > 0 && !order.some(id => known.has(id))) return pageFrame(now);
  return { type: 'delta', totalItems: now.totalItems, order, changed };
}

/** By resourceVersion where both have one: it changes with every write. What is computed is compared as a whole. */
function isSame(before: unknown, after: unknown): boolean {
  if (before === after) return true;
  const [old, now] = [versionOf(before), versionOf(after)];
  return old !== undefined && now !== undefined ? old === now : JSON.stringify(before) === JSON.stringify(after);
}

function versionOf(value: unknown): string | undefined {
  const { uid, resourceVersion } = (value as Partial<KubeObject> | null)?.metadata ?? {};
  return uid !== undefined && resourceVersion !== undefined ? `${uid}/${resourceVersion}` : undefined;
}
