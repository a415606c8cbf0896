/** Ownership of fields and server-side apply, pure: who owns what of an object, before and after a change. */
export { ApplyConflict } from './managedfields/conflicts.ts';
export { manageApply, manageUpdate, ownersBefore } from './managedfields/manage.ts';
export type { Change, ManagedApply } from './managedfields/manage.ts';
export {
  decodeManagersOrNone,
  differOnlyInTimes,
  encodeManagers,
  managerOfUserAgent,
} from './managedfields/managers.ts';
export type { Managers, Owned } from './managedfields/managers.ts';
export { layOver } from './managedfields/lay.ts';
export { ownersAfterScale, ownersOfScale } from './managedfields/scale.ts';
export { emptySet, has, intersection, recursiveDifference, setOfPaths } from './managedfields/set.ts';
export type { FieldSet } from './managedfields/set.ts';
export type { Kind, Version } from './managedfields/updater.ts';
