/**
 * Which changes are worth a reconcile (controller-runtime `predicate`): pure functions of a change. Those that compare let adds and
 * deletes through.
 */
import type { KubeObject } from '@orrery/machinery/meta';
import { matches, parseSelector, selectorFromObject, type LabelSelectorObject } from '@orrery/machinery/selector';
import type { Change } from './types.ts';

export type Predicate<T extends KubeObject = KubeObject> = (change: Change<T>) => boolean;

/** The server counts a generation up when the spec changes or deletion begins, not for metadata and status. */
export const generationChanged: Predicate = ({ before, after }) =>
  !before || !after || before.metadata.generation !== after.metadata.generation;

/** Leaves out updates that only repeat what is known, e.g. of a resync. */
export const resourceVersionChanged: Predicate = ({ before, after }) =>
  !before || !after || before.metadata.resourceVersion !== after.metadata.resourceVersion;

export const labelsChanged: Predicate = ({ before, after }) =>
  !before || !after || !sameMap(before.metadata.labels, after.metadata.labels);

export const annotationsChanged: Predicate = ({ before, after }) =>
  !before || !after || !sameMap(before.metadata.annotations, after.metadata.annotations);

export const isAdd: Predicate = ({ before }) => before === undefined;
export const isDelete: Predicate = ({ after }) => after === undefined;
export const isUpdate: Predicate = ({ before, after }) => before !== undefined && after !== undefined;

/** Objects in one of these namespaces. */
export const ofNamespace = (...namespaces: readonly string[]): Predicate =>
  ofObject(({ metadata }) => metadata.namespace !== undefined && namespaces.includes(metadata.namespace));

/**
 * Objects that match a selector, as text or as `matchLabels` and `matchExpressions`. An object that stops matching passes once more, so
 * that what was done for it can be undone; controller-runtime looks at the new object alone. Throws for a selector that is none.
 */
export function matchesLabels(selector: string | LabelSelectorObject): Predicate {
  const parsed = typeof selector === 'string' ? parseSelector(selector) : selectorFromObject(selector);
  return ofObject(({ metadata }) => matches(parsed, metadata.labels));
}

/** A condition on the object: either side of the change must meet it. */
export const ofObject =
  <T extends KubeObject>(condition: (object: T) => boolean): Predicate<T> =>
  ({ before, after }) =>
    (after !== undefined && condition(after)) || (before !== undefined && condition(before));

export const not =
  <T extends KubeObject>(predicate: Predicate<T>): Predicate<T> =>
  change =>
    !predicate(change);

/** Passes what all pass; everything when there are none. */
export const and =
  <T extends KubeObject>(...predicates: readonly Predicate<T>[]): Predicate<T> =>
  change =>
    predicates.every(predicate => predicate(change));

/** Passes what any passes; nothing when there are none. */
export const or =
  <T extends KubeObject>(...predicates: readonly Predicate<T>[]): Predicate<T> =>
  change =>
    predicates.some(predicate => predicate(change));

function sameMap(a: Readonly<Record<string, string>> = {}, b: Readonly<Record<string, string>> = {}): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && a[key] === b[key]);
}
