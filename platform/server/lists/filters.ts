/** Filters that every list knows (KubeSphere's list protocol); all given ones must hold. */
import type { KubeObject } from '@orrery/machinery/meta';
import { matches, parseFieldSelector, parseSelector, type FieldSelector } from '@orrery/machinery/selector';
import { badRequest } from '@orrery/machinery/status';
import { annotations } from '@orrery/platform-kinds';

export type Filter<T extends KubeObject = KubeObject> = (object: T, value: string) => boolean;

/** Query keys that say how to list, not what. */
const notFilters = new Set(['page', 'limit', 'sortBy', 'ascending', 'watch', 'resourceVersion', 'cluster']);

const contains = (text: string | undefined, part: string): boolean =>
  text !== undefined && text.toLowerCase().includes(part.toLowerCase());

const common: Readonly<Record<string, Filter>> = {
  name: ({ metadata }, value) =>
    contains(metadata.name, value) || contains(metadata.annotations?.[annotations.alias], value),
  names: ({ metadata }, value) => value.split(',').includes(metadata.name ?? ''),
  alias: ({ metadata }, value) => contains(metadata.annotations?.[annotations.alias], value),
  uid: ({ metadata }, value) => metadata.uid === value,
  namespace: ({ metadata }, value) => metadata.namespace === value,
  ownerReference: ({ metadata }, value) => metadata.ownerReferences?.some(owner => owner.uid === value) ?? false,
  ownerKind: ({ metadata }, value) => metadata.ownerReferences?.some(owner => owner.kind === value) ?? false,
};

/** These are compiled once per list. */
const selectors: Readonly<Record<string, (object: KubeObject) => Record<string, string> | undefined>> = {
  label: ({ metadata }) => metadata.labels,
  labelSelector: ({ metadata }) => metadata.labels,
  annotation: ({ metadata }) => metadata.annotations,
};

/**
 * The filter that a query asks for; keys that neither all lists nor this one know are ignored, as KubeSphere does.
 * @throws StatusError 400 for a selector that cannot be read.
 */
export function filterFor<T extends KubeObject>(
  search: URLSearchParams,
  own: Readonly<Record<string, Filter<T>>> = {},
): (object: T) => boolean {
  const tests: ((object: T) => boolean)[] = [];
  for (const [key, value] of search) {
    if (value === '' || notFilters.has(key)) continue;
    if (key === 'fieldSelector') {
      const terms = readSelector(key, value, parseFieldSelector);
      tests.push(object => matchesFields(terms, object));
      continue;
    }
    const labelsOf = Object.hasOwn(selectors, key) ? selectors[key] : undefined;
    if (labelsOf) {
      const selector = readSelector(key, value, parseSelector);
      tests.push(object => matches(selector, labelsOf(object)));
    } else {
      const filter = Object.hasOwn(own, key) ? own[key] : Object.hasOwn(common, key) ? common[key] : undefined;
      if (filter) tests.push(object => filter(object, value));
    }
  }
  return object => tests.every(test => test(object));
}

function readSelector<S>(key: string, value: string, parse: (text: string) => S): S {
  try {
    return parse(value);
  } catch (error) {
    throw badRequest(`${key}: ${(error as Error).message}`);
  }
}

/** Any field by its way (`involvedObject.uid`, `type`), as KubeSphere 4.x does it; what is absent is the empty text. */
const matchesFields = (terms: FieldSelector, object: KubeObject): boolean =>
  terms.every(({ field, operator, value }) => (textAt(object, field) === value) === (operator === '='));

function textAt(object: KubeObject, field: string): string {
  let value: unknown = object;
  for (const name of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return '';
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === 'object' || value === undefined ? '' : String(value);
}
