/**
 * What another server says of its resources, field by field. Clients read discovery as one document: a word of the wrong type in what
 * one server says of itself would keep them from all that the others serve. Pure.
 */

/** A resource of `apidiscovery.k8s.io`: the fields that upstream's type has, each of its type. */
export type DiscoveredResource = Readonly<Record<string, unknown>>;

type Loose = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => unknown;

const wrong = (): never => {
  throw new TypeError('discovery is not of the type that it says');
};
const text: Check = value => (typeof value === 'string' ? value : wrong());
const listOf =
  (each: Check): Check =>
  value =>
    Array.isArray(value) ? value.map(each) : wrong();

/** An object with these fields, those that are absent or null left out, as decoders of Go do; others are dropped. */
const objectOf =
  (fields: Readonly<Record<string, Check>>, ...needed: readonly string[]): Check =>
  value => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong();
    const found: Record<string, unknown> = {};
    for (const [name, check] of Object.entries(fields)) {
      const given = Object.hasOwn(value, name) ? (value as Loose)[name] : undefined;
      if (given !== undefined && given !== null) found[name] = check(given);
      else if (needed.includes(name)) return wrong();
    }
    return found;
  };

const responseKind = objectOf({ group: text, version: text, kind: text });
const texts = listOf(text);
const subresource = objectOf(
  { subresource: text, responseKind, acceptedTypes: listOf(responseKind), verbs: texts },
  'subresource',
);
const resource = objectOf(
  {
    ...{ resource: text, responseKind, scope: text, singularResource: text, verbs: texts },
    ...{ shortNames: texts, categories: texts, subresources: listOf(subresource) },
  },
  'resource',
);

/** @throws TypeError when one of them is not what its type says: then nothing of the document is believed. */
export const checkedResources = (resources: readonly unknown[]): readonly DiscoveredResource[] =>
  listOf(resource)(resources) as readonly DiscoveredResource[];
