/** The objects of a release: where they are, whose they are. */
import type { Client } from '@orrery/client';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { ReleaseError } from '../errors.ts';
import type { Discovery, Place } from './discovery.ts';

/** An object of a chart with its place. */
export interface Item {
  readonly object: KubeObject;
  readonly place: Place;
  readonly name: string;
  /** Empty in cluster scope. */
  readonly namespace: string;
}

export const keyOf = ({ place, namespace, name }: Item): string => `${place.group}/${place.kind}/${namespace}/${name}`;

export const describe = ({ place, name, namespace }: Item): string =>
  `${place.kind} ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)}`;

/** Where a client finds an item. */
export const at = ({ namespace }: Item): { namespace?: string } => (namespace === '' ? {} : { namespace });

const isList = (object: KubeObject): object is KubeObject & { items: KubeObject[] } =>
  object.kind?.endsWith('List') === true && Array.isArray((object as { items?: unknown }).items);

const flattened = (objects: readonly KubeObject[]): KubeObject[] =>
  objects.flatMap(object => (isList(object) ? flattened(object.items) : [object]));

/** Objects with their places; those that name no namespace are in `namespace`. @throws ReleaseError for kinds that are not served */
export function itemsOf(objects: readonly KubeObject[], namespace: string, discovery: Discovery): Item[] {
  return flattened(objects).map(object => {
    const { apiVersion = '', kind = '', metadata } = object;
    const place = discovery.placeOf(apiVersion, kind);
    const name = metadata?.name ?? '';
    if (!place) {
      throw new ReleaseError(
        `unable to build kubernetes objects from release manifest: resource mapping not found for name: ${JSON.stringify(name)} namespace: ${JSON.stringify(metadata?.namespace ?? '')} from "": no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}\nensure CRDs are installed first`,
      );
    }
    if (name === '')
      throw new ReleaseError(`unable to build kubernetes objects from release manifest: a ${kind} has no name`);
    const own = place.isNamespaced ? (metadata.namespace ?? namespace) : '';
    const { namespace: _, ...rest } = metadata;
    return {
      object: { ...object, metadata: own === '' ? rest : { ...rest, namespace: own } },
      place,
      name,
      namespace: own,
    };
  });
}

/** Like {@link itemsOf}, without the kinds that are not served (any more). */
export const servedItemsOf = (objects: readonly KubeObject[], namespace: string, discovery: Discovery): Item[] =>
  itemsOf(
    flattened(objects).filter(
      ({ apiVersion = '', kind = '', metadata }) => discovery.placeOf(apiVersion, kind) && metadata?.name,
    ),
    namespace,
    discovery,
  );

export const live = <T extends KubeObject>(client: Client, item: Item, signal?: AbortSignal): Promise<T | undefined> =>
  orUndefined(client.get<T>(item.place, item.name, { ...at(item), ...(signal && { signal }) }));

const managedBy = 'app.kubernetes.io/managed-by';
const releaseName = 'meta.helm.sh/release-name';
const releaseNamespace = 'meta.helm.sh/release-namespace';

export interface Owner {
  readonly name: string;
  readonly namespace: string;
}

/** The object with the marks of its release. */
export function owned(item: Item, { name, namespace }: Owner): Item {
  const { metadata } = item.object;
  return {
    ...item,
    object: {
      ...item.object,
      metadata: {
        ...metadata,
        labels: { ...metadata.labels, [managedBy]: 'Helm' },
        annotations: { ...metadata.annotations, [releaseName]: name, [releaseNamespace]: namespace },
      },
    },
  };
}

function complaintOf(marks: Record<string, string> | undefined, key: string, wanted: string): string | undefined {
  const value = marks?.[key];
  if (value === undefined) return `missing key ${JSON.stringify(key)}: must be set to ${JSON.stringify(wanted)}`;
  if (value === wanted) return undefined;
  return `key ${JSON.stringify(key)} must equal ${JSON.stringify(wanted)}: current value is ${JSON.stringify(value)}`;
}

/** Why an object is not a release's; undefined when it is. */
function foreignness(
  { metadata: { labels, annotations } }: KubeObject,
  { name, namespace }: Owner,
): string | undefined {
  const found = [
    ['label', complaintOf(labels, managedBy, 'Helm')],
    ['annotation', complaintOf(annotations, releaseName, name)],
    ['annotation', complaintOf(annotations, releaseNamespace, namespace)],
  ].filter(([, complaint]) => complaint !== undefined);
  return found.length === 0
    ? undefined
    : [
        'invalid ownership metadata',
        ...found.map(([what, complaint]) => `${what} validation error: ${complaint}`),
      ].join('; ');
}

/**
 * Those of the items that are there already and belong to this release.
 * @throws ReleaseError for one that is somebody else's
 */
export async function adoptable(
  client: Client,
  items: readonly Item[],
  owner: Owner,
  verb: 'install' | 'update',
  signal?: AbortSignal,
): Promise<Item[]> {
  const found: Item[] = [];
  for (const item of items) {
    const existing = await live(client, item, signal);
    if (!existing) continue;
    const complaint = foreignness(existing, owner);
    if (complaint)
      throw new ReleaseError(
        `Unable to continue with ${verb}: ${describe(item)} exists and cannot be imported into the current release: ${complaint}`,
      );
    found.push(item);
  }
  return found;
}
