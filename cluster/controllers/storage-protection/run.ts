/**
 * Claims in use by pods, volumes bound to claims, and classes of attributes that either names, are not deleted under their users (upstream
 * `pvcprotection`, `pvprotection`, `vacprotection`).
 */
import { resources } from '@orrery/client/resources';
import type { PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttributesClass } from '@orrery/kinds/types';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { runController, watchOf, type ComponentContext } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import { isTerminal } from '../common/pods.ts';
import type { Controller } from '../types.ts';

const claimFinalizer = 'kubernetes.io/pvc-protection';
const volumeFinalizer = 'kubernetes.io/pv-protection';
const classFinalizer = 'kubernetes.io/vac-protection';

/** Names of the claims a pod uses, ephemeral volumes' ones included. */
export const claimsUsedBy = ({ metadata, spec }: Pod): string[] =>
  (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => [
    ...(persistentVolumeClaim ? [persistentVolumeClaim.claimName] : []),
    ...(ephemeral ? [`${metadata.name}-${name}`] : []),
  ]);

/** A pod uses its claims from when it has a node until it has finished. */
export const isUsing = (pod: Pod): boolean => !!pod.spec.nodeName && !isTerminal(pod);

/** The classes of attributes a claim has, had last, or is about to get. */
export const classesOfClaim = ({ spec, status }: PersistentVolumeClaim): string[] =>
  [
    spec.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter(name => name !== undefined && name !== '') as string[];

/** What a protected object lacks: the finalizer while it lives, its removal once nobody uses it. */
export function protect(object: KubeObject, finalizer: string, inUse: boolean): readonly string[] | undefined {
  const { finalizers = [], deletionTimestamp } = object.metadata;
  const has = finalizers.includes(finalizer);
  if (!deletionTimestamp) return has ? undefined : [...finalizers, finalizer];
  return has && !inUse ? finalizers.filter(name => name !== finalizer) : undefined;
}

async function write(
  ctx: ComponentContext,
  resource: GroupVersionResource,
  object: KubeObject,
  finalizers: readonly string[],
) {
  const metadata = { ...object.metadata, finalizers: [...finalizers] };
  await orUndefined(ctx.client.update(resource, { ...object, metadata }));
}

export const claimProtectionController: Controller = {
  name: 'persistentvolumeclaim-protection-controller',
  serviceAccount: 'pvc-protection-controller',
  start(ctx) {
    const claims = ctx.informers.of<PersistentVolumeClaim>(resources.persistentvolumeclaims);
    const pods = ctx.informers.of<Pod>(resources.pods);
    const keysOf = (pod: Pod | undefined) =>
      pod ? claimsUsedBy(pod).map(name => `${pod.metadata.namespace}/${name}`) : [];
    const sources = [
      watchOf(claims),
      watchOf(pods, ({ before, after }) => (!after || !isUsing(after) ? [...keysOf(before), ...keysOf(after)] : [])),
    ];
    const reconcile = async (key: string) => {
      const claim = claims.get(key);
      if (!claim) return;
      const { name, namespace } = claim.metadata;
      const uses = (pod: Pod) => isUsing(pod) && claimsUsedBy(pod).includes(name!);
      let inUse = pods.list(namespace).some(uses);
      if (claim.metadata.deletionTimestamp && !inUse) {
        // A pod may have come in between: the server has the last word.
        const { items } = await ctx.client.list<Pod>(resources.pods, { namespace });
        inUse = items.some(uses);
      }
      const finalizers = protect(claim, claimFinalizer, inUse);
      if (finalizers) await write(ctx, resources.persistentvolumeclaims, claim, finalizers);
    };
    const name = 'persistentvolumeclaim-protection-controller';
    return runController({ name, sources, reconcile: retryingConflicts(reconcile) }, ctx);
  },
};

export const volumeProtectionController: Controller = {
  name: 'persistentvolume-protection-controller',
  serviceAccount: 'pv-protection-controller',
  start(ctx) {
    const volumes = ctx.informers.of<PersistentVolume>(resources.persistentvolumes);
    const reconcile = async (key: string) => {
      const volume = volumes.get(key);
      const finalizers = volume && protect(volume, volumeFinalizer, volume.status?.phase === 'Bound');
      if (finalizers) await write(ctx, resources.persistentvolumes, volume, finalizers);
    };
    const name = 'persistentvolume-protection-controller';
    return runController({ name, sources: [watchOf(volumes)], reconcile: retryingConflicts(reconcile) }, ctx);
  },
};

export const attributesClassProtectionController: Controller = {
  name: 'volumeattributesclass-protection-controller',
  serviceAccount: 'volumeattributesclass-protection-controller',
  start(ctx) {
    const classes = ctx.informers.of<VolumeAttributesClass>(resources.volumeattributesclasses);
    const claims = ctx.informers.of<PersistentVolumeClaim>(resources.persistentvolumeclaims);
    const volumes = ctx.informers.of<PersistentVolume>(resources.persistentvolumes);
    const ofClaim = (claim: PersistentVolumeClaim | undefined) => (claim ? classesOfClaim(claim) : []);
    const ofVolume = (volume: PersistentVolume | undefined) => volume?.spec.volumeAttributesClassName ?? [];
    const sources = [
      watchOf(classes),
      watchOf(claims, ({ before, after }) => [...ofClaim(before), ...ofClaim(after)]),
      watchOf(volumes, ({ before, after }) => [ofVolume(before), ofVolume(after)].flat()),
    ];
    const reconcile = async (key: string) => {
      const given = classes.get(key);
      const inUse =
        claims.list().some(claim => classesOfClaim(claim).includes(key)) ||
        volumes.list().some(volume => volume.spec.volumeAttributesClassName === key);
      const finalizers = given && protect(given, classFinalizer, inUse);
      if (finalizers) await write(ctx, resources.volumeattributesclasses, given, finalizers);
    };
    const name = 'volumeattributesclass-protection-controller';
    return runController({ name, sources, reconcile: retryingConflicts(reconcile) }, ctx);
  },
};
