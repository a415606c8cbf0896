/** What most kinds must support: discovery, create, get, list, watch, patch, update, delete and deletion of many. */
import assert from 'node:assert/strict';
import type { KnownResource } from '@orrery/client/resources';
import { at, eventually, listAt, refused, type Case, type Thing } from './suite.ts';

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** The group, its version and the resources (e.g. `flowschemas/status` too) are found in the discovery documents. */
export async function discoverable(c: Case, resource: KnownResource, ...subresources: string[]): Promise<void> {
  const { group, version, resource: plural } = resource;
  const groups = await c.call('GET', '/apis');
  assert.ok(
    listAt(groups.body, 'groups').some(({ name }) => name === group),
    `/apis names the group ${group}`,
  );
  const one = await c.call('GET', `/apis/${group}`);
  assert.ok(
    listAt(one.body, 'versions').some(entry => entry.version === version),
    `/apis/${group} names the version ${version}`,
  );
  const list = listAt((await c.call('GET', `/apis/${group}/${version}`)).body, 'resources');
  for (const name of [plural, ...subresources.map(subresource => `${plural}/${subresource}`)])
    assert.ok(
      list.some(entry => entry.name === name),
      `/apis/${group}/${version} names ${name}`,
    );
  const verbs = list.find(entry => entry.name === plural)?.verbs as string[];
  assert.deepEqual(
    allVerbs.filter(verb => !verbs.includes(verb)),
    [],
    `${plural} support every verb`,
  );
}

export interface Operated {
  readonly resource: KnownResource;
  /** Another object of the kind per number; the metadata is given. */
  make(metadata: { name: string; labels: Record<string, string> }, number: number): Record<string, unknown>;
  /** Runs with the first object while it is there, for what else the kind supports. */
  between?(object: Thing, place: { namespace?: string }): Promise<void>;
}

/** Every verb on objects of the kind, and the events of a watch that looks on. */
export async function operations(c: Case, { resource, make, between }: Operated): Promise<void> {
  const { client } = c;
  const place = resource.namespaced ? { namespace: c.namespace } : {};
  const labelSelector = `conformance=${c.unique}`;
  c.atEnd(() => client.deleteCollection(resource, { ...place, labelSelector }));
  const follower = await c.follow(resource, { ...place, labelSelector });
  const objectOf = (number: number): Thing => {
    const metadata = { name: `${c.unique}-${number}`, labels: { conformance: c.unique } };
    return { metadata, ...make(metadata, number) } as Thing;
  };
  const created = await client.create<Thing>(resource, objectOf(1), place);
  assert.ok(created.metadata.uid, 'creating gives the object its UID');
  const name = created.metadata.name!;
  const read = await client.get<Thing>(resource, name, place);
  assert.equal(read.metadata.uid, created.metadata.uid, 'getting gives what was created');
  for (const number of [2, 3]) await client.create(resource, objectOf(number), place);
  const found = await client.list(resource, { ...place, labelSelector });
  assert.equal(found.items.length, 3, 'listing by a label finds the three');
  if (resource.namespaced) {
    const everywhere = await client.list(resource, { labelSelector });
    assert.equal(everywhere.items.length, 3, 'listing across namespaces finds the three');
  }
  await follower.until(
    ({ type, object }) => type === 'ADDED' && object.metadata.name === name,
    'a watch tells of creation',
  );
  const patched = await client.patch(
    resource,
    name,
    'merge',
    { metadata: { annotations: { patched: 'true' } } },
    place,
  );
  assert.equal(patched.metadata.annotations?.patched, 'true', 'a patch is in its answer');
  await follower.until(
    ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.patched === 'true',
    'a watch tells of the patch',
  );
  const updated = await eventually('an update succeeds', async () => {
    const object = structuredClone(await client.get<Thing>(resource, name, place));
    object.metadata.annotations = { ...object.metadata.annotations, updated: 'true' };
    return client.update(resource, object, place);
  });
  assert.deepEqual(
    [updated.metadata.annotations?.patched, updated.metadata.annotations?.updated],
    ['true', 'true'],
    'an update is in its answer',
  );
  await follower.until(
    ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.updated === 'true',
    'a watch tells of the update',
  );
  await between?.(await client.get<Thing>(resource, name, place), place);
  await client.delete(resource, name, place);
  await eventually('what was deleted is gone', () => refused(client.get(resource, name, place), 404, 'it is gone'));
  await follower.until(
    ({ type, object }) => type === 'DELETED' && object.metadata.name === name,
    'a watch tells of deletion',
  );
  const left = await client.list(resource, { ...place, labelSelector });
  assert.equal(left.items.length, 2, 'deletion of one leaves the others');
  await client.deleteCollection(resource, { ...place, labelSelector });
  await eventually(
    'deletion of many takes all that have the label',
    async () => (await client.list(resource, { ...place, labelSelector })).items.length === 0,
  );
}

interface StatusChange {
  readonly patch: unknown;
  readonly update: (object: Thing) => void;
  /** Annotations that come with the status are taken too. */
  readonly keepsMetadata?: boolean;
}

/** Reads, patches and replaces a status; each is seen by the next read, and the spec is not touched. */
export async function statusOperations(
  c: Case,
  resource: KnownResource,
  object: Thing,
  place: { namespace?: string },
  { patch, update, keepsMetadata = false }: StatusChange,
): Promise<void> {
  const { client } = c;
  const name = object.metadata.name!;
  const subresource = 'status';
  const at1 = { ...place, subresource };
  const read = await client.get<Thing>(resource, name, at1);
  assert.equal(read.metadata.uid, object.metadata.uid, `/${subresource} is read`);
  const metadata = { annotations: { patchedstatus: 'true' } };
  const change = { ...(keepsMetadata && { metadata }), status: patch };
  const patched = await client.patch<Thing>(resource, name, 'merge', change, at1);
  if (keepsMetadata) assert.equal(patched.metadata.annotations?.patchedstatus, 'true', 'so is an annotation beside it');
  assertHas(patched.status, patch, `the patch of /${subresource} is kept`);
  const updated = await eventually(`/${subresource} is updated`, async () => {
    const current = structuredClone(await client.get<Thing>(resource, name, at1));
    update(current);
    return client.update<Thing>(resource, current, at1);
  });
  assert.deepEqual(updated.spec, object.spec, `a write of /${subresource} leaves the spec`);
}

/** Everything that `wanted` says is so in `value`, which may say more. */
export function assertHas(value: unknown, wanted: unknown, demand: string): void {
  if (Array.isArray(wanted)) {
    wanted.forEach((item, index) => assertHas(at(value, index), item, demand));
  } else if (typeof wanted === 'object' && wanted !== null) {
    for (const [name, item] of Object.entries(wanted)) assertHas(at(value, name), item, `${demand}: ${name}`);
  } else assert.equal(value, wanted, demand);
}
