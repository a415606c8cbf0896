/** One page of a list in its order, without ordering what is on no page before it. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { ListQuery, Page } from '@orrery/platform-contract';

export type Compare<T> = (left: T, right: T) => number;

const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? '';
const timeOf = ({ metadata }: KubeObject): string => metadata.creationTimestamp ?? '';

const orders: Readonly<Record<string, Compare<KubeObject>>> = {
  name: (left, right) => byText(nameOf(left), nameOf(right)),
  createTime: (left, right) => byText(timeOf(left), timeOf(right)),
  creationTimestamp: (left, right) => byText(timeOf(left), timeOf(right)),
};

/** The order that a query asks for; newest first unless it does. Equal ones stand by namespace and name, so that pages do not overlap. */
export function compareFor<T extends KubeObject>(
  { sortBy = 'createTime', ascending }: Pick<ListQuery, 'sortBy' | 'ascending'>,
  own: Readonly<Record<string, Compare<T>>> = {},
): Compare<T> {
  const order: Compare<T> =
    (Object.hasOwn(own, sortBy) ? own[sortBy] : undefined) ??
    (Object.hasOwn(orders, sortBy) ? orders[sortBy]! : orders['createTime']!);
  const sign = ascending === 'true' ? 1 : -1;
  return (left, right) =>
    sign * order(left, right) ||
    byText(nameOf(left), nameOf(right)) ||
    byText(left.metadata.namespace ?? '', right.metadata.namespace ?? '');
}

/** `items` is left as it is. Without a limit all of it is one page. */
export function pageOf<T>(items: readonly T[], { page = 1, limit }: ListQuery, compare: Compare<T>): Page<T> {
  const totalItems = items.length;
  if (!limit) return { items: page === 1 ? items.toSorted(compare) : [], totalItems };
  const start = (page - 1) * limit;
  if (start >= totalItems) return { items: [], totalItems };
  return { items: firstOf(items, start + limit, compare).slice(start), totalItems };
}

/** The first `count` in order: one comparison per item that is not among them. */
function firstOf<T>(items: readonly T[], count: number, compare: Compare<T>): T[] {
  if (count >= items.length || count > 512) return items.toSorted(compare).slice(0, count);
  const first: T[] = [];
  for (const item of items) {
    if (first.length === count && compare(item, first[count - 1]!) >= 0) continue;
    let low = 0;
    let high = first.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(item, first[middle]!) < 0) high = middle;
      else low = middle + 1;
    }
    first.splice(low, 0, item);
    if (first.length > count) first.pop();
  }
  return first;
}
