/** Which attempts to log in are asked for, out of the address (pure). */
import type { Search } from '../../util/table-search.ts';

const hourMs = 3_600_000;
/** Records are kept for a week, unless the platform is told otherwise. */
const spans = { hour: hourMs, day: 24 * hourMs, week: 7 * 24 * hourMs } as const;
type Span = keyof typeof spans;
export const spanNames = Object.keys(spans) as readonly Span[];

const names = ['success', 'type', 'provider', 'user', 'sourceIP'] as const;

/** `nowMs` is where the last hour ends. */
export function recordQuery(search: Search, nowMs: number): Record<string, string> {
  const asked = names.flatMap(name => (search[name] ? [[name, search[name]] as const] : []));
  const span = spans[search['span'] as Span];
  return { ...Object.fromEntries(asked), ...(span && { from: new Date(nowMs - span).toISOString() }) };
}

interface Listed {
  readonly name: string;
  readonly displayName: string;
}

export const providersIn = (listed: readonly unknown[] = []) =>
  (listed as readonly Listed[]).map(({ name, displayName }) => ({ value: name, title: displayName }));
