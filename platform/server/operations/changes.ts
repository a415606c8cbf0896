/** What is different between two values, place by place: pure. */
import { sameJson } from '@orrery/reconciler';

export interface ValueChange {
  /** A JSON pointer into `before`, or into `after` where something came. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const below = (path: string, name: string): string => `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Lists whose items all have names of their own are compared by these. */
function namesIn(list: readonly unknown[]): readonly string[] | undefined {
  const names = list.map(item => (isMembers(item) && typeof item['name'] === 'string' ? item['name'] : undefined));
  if (names.includes(undefined) || new Set(names).size !== names.length) return undefined;
  return names as string[];
}

export function changesBetween(before: unknown, after: unknown, path = ''): ValueChange[] {
  if (sameJson(before, after)) return [];
  if (isMembers(before) && isMembers(after)) return inMembers(before, after, path);
  if (Array.isArray(before) && Array.isArray(after)) return inLists(before, after, path);
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

function inMembers(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: string,
): ValueChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap(name =>
    changesBetween(
      Object.hasOwn(before, name) ? before[name] : undefined,
      Object.hasOwn(after, name) ? after[name] : undefined,
      below(path, name),
    ),
  );
}

function inLists(before: readonly unknown[], after: readonly unknown[], path: string): ValueChange[] {
  const [old, now] = [namesIn(before), namesIn(after)];
  if (!old || !now) {
    const longest = Math.max(before.length, after.length);
    return Array.from({ length: longest }, (_, index) => index).flatMap(index =>
      changesBetween(before[index], after[index], below(path, String(index))),
    );
  }
  return [...new Set([...old, ...now])].flatMap(name => {
    const [left, right] = [old.indexOf(name), now.indexOf(name)];
    return changesBetween(before[left], after[right], below(path, String(left < 0 ? right : left)));
  });
}
