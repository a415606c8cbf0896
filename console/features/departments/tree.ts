/** Departments as a tree: who is below whom, what is shown, where a key leads and where one can be moved to (pure). */
import { annotations, labels } from '@orrery/platform-kinds/names';
import type { Group } from '@orrery/platform-kinds/types';

export const nameOf = ({ metadata }: Group): string => metadata.name ?? '';
export const titleOf = (group: Group): string => group.metadata.annotations?.[annotations.alias] || nameOf(group);
export const aboutOf = ({ metadata }: Group): string | undefined => metadata.annotations?.[annotations.description];

export interface Tree {
  readonly all: ReadonlyMap<string, Group>;
  /** Names below a name, in the order of their titles; those below nothing stand at ''. */
  readonly below: ReadonlyMap<string, readonly string[]>;
}

/** One whose parent is not there, or who would be below himself, stands at the top: nobody gets lost. */
export function treeOf(groups: readonly Group[]): Tree {
  const all = new Map(groups.map(group => [nameOf(group), group]));
  const sorted = groups.toSorted((left, right) => titleOf(left).localeCompare(titleOf(right)));
  const below = Map.groupBy(sorted.map(nameOf), name => (isCircle(name, all) ? '' : (parentIn(name, all) ?? '')));
  return { all, below };
}

function parentIn(name: string, all: Tree['all']): string | undefined {
  const parent = all.get(name)?.metadata.labels?.[labels.groupParent];
  return parent !== undefined && all.has(parent) ? parent : undefined;
}

function isCircle(name: string, all: Tree['all']): boolean {
  const seen = new Set<string>();
  for (let at = parentIn(name, all); at !== undefined && !seen.has(at); at = parentIn(at, all)) {
    if (at === name) return true;
    seen.add(at);
  }
  return false;
}

export const parentOf = (name: string, { all }: Tree): string | undefined =>
  isCircle(name, all) ? undefined : parentIn(name, all);

/** The departments above, the nearest first. */
export function lineOf(name: string, tree: Tree): readonly Group[] {
  const parent = parentOf(name, tree);
  return parent === undefined ? [] : [tree.all.get(parent)!, ...lineOf(parent, tree)];
}

export interface Row {
  readonly name: string;
  /** 1 at the top. */
  readonly level: number;
  /** Undefined where nothing is below. */
  readonly open: boolean | undefined;
  /** Among those with the same parent, from 1. */
  readonly position: number;
  readonly count: number;
}

/** What is shown, from top to bottom, while those in `closed` keep what is below them to themselves. */
export function rowsOf(tree: Tree, closed: ReadonlySet<string>, parent = '', level = 1): readonly Row[] {
  const names = tree.below.get(parent) ?? [];
  return names.flatMap((name, index) => {
    const open = tree.below.has(name) ? !closed.has(name) : undefined;
    const row = { name, level, open, position: index + 1, count: names.length };
    return open ? [row, ...rowsOf(tree, closed, name, level + 1)] : [row];
  });
}

export type Step = { readonly go: string } | { readonly turn: string } | undefined;

/** As trees work for screen readers: up and down over what is shown, right opens or enters, left closes or leaves. */
export function stepFor(key: string, name: string, rows: readonly Row[], tree: Tree): Step {
  const at = rows.findIndex(row => row.name === name);
  const to = (row: Row | undefined): Step => row && { go: row.name };
  const { open } = rows[at] ?? {};
  switch (key) {
    case 'ArrowDown':
      return to(rows[at + 1]);
    case 'ArrowUp':
      return to(rows[at - 1]);
    case 'Home':
      return to(rows[0]);
    case 'End':
      return to(rows.at(-1));
    case 'ArrowRight':
      return open === undefined ? undefined : open ? to(rows[at + 1]) : { turn: name };
    case 'ArrowLeft': {
      if (open) return { turn: name };
      const parent = parentOf(name, tree);
      return parent === undefined ? undefined : { go: parent };
    }
    default:
      return undefined;
  }
}

/** The new parent when one is moved by a key: right into the one above it on its level, left beside its parent; '' is the top. */
export function movedBy(key: string, name: string, tree: Tree): string | undefined {
  const parent = parentOf(name, tree);
  if (key === 'ArrowLeft') return parent === undefined ? undefined : (parentOf(parent, tree) ?? '');
  if (key !== 'ArrowRight') return undefined;
  const beside = tree.below.get(parent ?? '') ?? [];
  return beside[beside.indexOf(name) - 1];
}

/** Where one can be moved to: everywhere but to itself and below itself. */
export const placesFor = (name: string, tree: Tree): readonly Group[] =>
  rowsOf(tree, new Set()).flatMap(row =>
    row.name === name || lineOf(row.name, tree).some(above => nameOf(above) === name) ? [] : tree.all.get(row.name)!,
  );
