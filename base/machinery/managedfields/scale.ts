/** The owners of a replica count, seen from the scale subresource and back (apimachinery `managedfields/scalehandler.go`). */
import { keyed } from './managers.ts';
import type { Managers, Owned } from './managers.ts';
import { difference, has, isEmpty, setOfPaths } from './set.ts';

/** Where a Scale has its count. */
const inScale = ['f:spec', 'f:replicas'];
const scaleVersion = 'autoscaling/v1';

/** The owners of the Scale of an object that has its count at a path. */
export function ownersOfScale(owners: Managers, path: readonly string[]): Managers {
  const found = [...owners.values()].filter(owned => has(owned.fields, path));
  return new Map(found.map(owned => keyed({ ...owned, apiVersion: scaleVersion, fields: setOfPaths(inScale) })));
}

/** The owners of the object after its Scale has these. Who owned the count and does no more loses it; who is new has no time, as upstream. */
export function ownersAfterScale(
  owners: Managers,
  ofScale: Managers,
  path: readonly string[],
  apiVersion: string,
): Owned[] {
  const replicas = setOfPaths(path);
  const left: Owned[] = [];
  const remaining = new Map(ofScale);
  for (const [id, owned] of owners) {
    if (!has(owned.fields, path)) left.push(owned);
    else if (remaining.delete(id)) left.push(owned);
    else {
      const fields = difference(owned.fields, replicas);
      if (!isEmpty(fields)) left.push({ ...owned, fields });
    }
  }
  for (const owned of remaining.values()) {
    if (has(owned.fields, inScale)) left.push({ ...owned, apiVersion, time: undefined, fields: replicas });
  }
  return left;
}
