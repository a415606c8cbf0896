/**
 * Sets of fields as trees (structured-merge-diff `fieldpath.Set`). The root is no field; every other node is one if it is a
 * `member`, and is there at all only if it is one or has children. Elements of paths are as FieldsV1 writes them (`element.ts`).
 */
import { compareElements } from './element.ts';

export interface FieldSet {
  member: boolean;
  children: Map<string, FieldSet> | undefined;
}

/** A new set, which its maker may fill. All functions here take sets as read-only and share their parts. */
export const emptySet = (): FieldSet => ({ member: false, children: undefined });

export const isEmpty = (set: FieldSet): boolean => !set.member && set.children === undefined;

/** Puts a whole tree at a path, in place; parts that are there already are joined. */
export function graft(set: FieldSet, path: readonly string[], tree: FieldSet): void {
  let node = set;
  for (let at = 0; at < path.length - 1; at++) {
    node.children ??= new Map();
    let next = node.children.get(path[at]!);
    if (next === undefined) node.children.set(path[at]!, (next = emptySet()));
    node = next;
  }
  node.children ??= new Map();
  const last = path[path.length - 1]!;
  const known = node.children.get(last);
  node.children.set(last, known === undefined ? tree : union(known, tree));
}

/** Adds one field, in place. */
export const insert = (set: FieldSet, path: readonly string[]): void =>
  graft(set, path, { member: true, children: undefined });

export function setOfPaths(...paths: readonly (readonly string[])[]): FieldSet {
  const set = emptySet();
  for (const path of paths) insert(set, path);
  return set;
}

export function has(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) node = node?.children?.get(element);
  return node?.member ?? false;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmpty(b)) return a;
  if (isEmpty(a)) return b;
  const member = a.member || b.member;
  if (b.children === undefined) return member === a.member ? a : { member, children: a.children };
  if (a.children === undefined) return { member, children: b.children };
  const children = new Map(a.children);
  for (const [element, child] of b.children) {
    const known = children.get(element);
    children.set(element, known === undefined ? child : union(known, child));
  }
  return { member, children };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  let children: Map<string, FieldSet> | undefined;
  if (a.children !== undefined && b.children !== undefined) {
    for (const [element, child] of a.children) {
      const other = b.children.get(element);
      const common = other && intersection(child, other);
      if (common !== undefined && !isEmpty(common)) (children ??= new Map()).set(element, common);
    }
  }
  return { member: a.member && b.member, children };
}

/** Keeps of `a` what `remaining` leaves of each child; `a` itself when nothing went. */
function withChildren(
  a: FieldSet,
  member: boolean,
  remaining: (element: string, child: FieldSet) => FieldSet | undefined,
): FieldSet {
  if (a.children === undefined) return member === a.member ? a : { member, children: undefined };
  let changed = member !== a.member;
  const children = new Map<string, FieldSet>();
  for (const [element, child] of a.children) {
    const left = remaining(element, child);
    if (left !== child) changed = true;
    if (left !== undefined && !isEmpty(left)) children.set(element, left);
  }
  return changed ? { member, children: children.size > 0 ? children : undefined } : a;
}

/** The fields of `a` that are not in `b`; fields below those of `b` stay. Answers `a` itself when nothing goes. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (b.children === undefined) return a.member && b.member ? { member: false, children: a.children } : a;
  const { children } = b;
  return withChildren(a, a.member && !b.member, (element, child) => {
    const other = children.get(element);
    return other === undefined ? child : difference(child, other);
  });
}

/** The fields of `a` that are neither in `b` nor below a field of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  const { children } = b;
  if (children === undefined) return a;
  return withChildren(a, a.member, (element, child) => {
    const other = children.get(element);
    if (other === undefined) return child;
    return other.member ? undefined : recursiveDifference(child, other);
  });
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.member !== b.member || (a.children?.size ?? 0) !== (b.children?.size ?? 0)) return false;
  for (const [element, child] of a.children ?? []) {
    const other = b.children!.get(element);
    if (other === undefined || !equalSets(child, other)) return false;
  }
  return true;
}

export function sortedChildren(set: FieldSet): [string, FieldSet][] {
  if (set.children === undefined) return [];
  const children = [...set.children];
  return children.length === 1 ? children : children.sort(([a], [b]) => compareElements(a, b));
}

/** All fields in upstream's order: at each level the members first, then what lies below. */
export function pathsOf(set: FieldSet, prefix: readonly string[] = []): string[][] {
  const children = sortedChildren(set);
  const found = children.filter(([, child]) => child.member).map(([element]) => [...prefix, element]);
  for (const [element, child] of children) found.push(...pathsOf(child, [...prefix, element]));
  return found;
}
