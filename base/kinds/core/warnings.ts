/** Words about accepted objects of the core group other than pods (api/service, api/persistentvolume, registry/core). */
import { child, index, key, quote } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { cidrWarnings, ipWarnings } from '../addresses.ts';
import { each } from '../fill.ts';
import type {
  Endpoints,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeSpec,
  Service,
} from '../types.data.ts';
import { claimWarnings, nodeTermWarnings } from './pod-warnings.ts';

const classAnnotation = 'volume.beta.kubernetes.io/storage-class';
const mountAnnotation = 'volume.beta.kubernetes.io/mount-options';

const noted = ({ metadata }: KubeObject, name: string, text: string): string[] =>
  metadata.annotations?.[name] === undefined ? [] : [`${key('metadata.annotations', name)}: ${text}`];

const ofClass = (object: KubeObject): string[] =>
  noted(object, classAnnotation, 'deprecated since v1.8; use "storageClassName" attribute instead');

const drivers: readonly (readonly [keyof PersistentVolumeSpec, shown: string, text: string])[] = [
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

export const ofPersistentVolume = (volume: PersistentVolume): string[] => [
  ...ofClass(volume),
  ...noted(volume, mountAnnotation, 'deprecated since v1.31; use "mountOptions" attribute instead'),
  ...(volume.spec.persistentVolumeReclaimPolicy === 'Recycle'
    ? [
        'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      ]
    : []),
  ...each(volume.spec.nodeAffinity?.required?.nodeSelectorTerms).flatMap((term, at) =>
    nodeTermWarnings(term, false, index('spec.nodeAffinity.required.nodeSelectorTerms', at)),
  ),
  ...drivers.flatMap(([name, shown, text]) => (volume.spec[name] ? [`${child('spec', shown)}: ${text}`] : [])),
];

export const ofClaim = (claim: PersistentVolumeClaim): string[] => [
  ...ofClass(claim),
  ...claimWarnings(claim.spec, 'spec'),
];

const addresses = (list: readonly string[] | undefined, path: FieldPath): string[] =>
  each(list).flatMap((address, at) => ipWarnings(index(path, at), address));

export function ofService({ metadata, spec }: Service): string[] {
  const texts: string[] = [];
  const hints = 'service.kubernetes.io/topology-aware-hints';
  if (metadata.annotations?.[hints] !== undefined)
    texts.push(`annotation ${hints} is deprecated, please use service.kubernetes.io/topology-mode instead`);
  if (spec.clusterIP && spec.clusterIP !== 'None') texts.push(...addresses(spec.clusterIPs, 'spec.clusterIPs'));
  if (spec.type === 'ClusterIP' && spec.clusterIP === 'None') {
    if (spec.loadBalancerIP) texts.push('spec.loadBalancerIP is ignored for headless services');
    if (each(spec.externalIPs).length > 0) texts.push('spec.externalIPs is ignored for headless services');
    if (spec.sessionAffinity !== 'None') texts.push('spec.SessionAffinity is ignored for headless services');
  }
  texts.push(...addresses(spec.externalIPs, 'spec.externalIPs'));
  if (spec.loadBalancerIP) texts.push(...ipWarnings('spec.loadBalancerIP', spec.loadBalancerIP));
  each(spec.loadBalancerSourceRanges).forEach((range, at) =>
    texts.push(...cidrWarnings(index('spec.loadBalancerSourceRanges', at), range)),
  );
  const isName = spec.type === 'ExternalName';
  if (isName && each(spec.externalIPs).length > 0)
    texts.push(`spec.externalIPs is ignored when spec.type is ${quote('ExternalName')}`);
  if (!isName && spec.externalName)
    texts.push(`spec.externalName is ignored when spec.type is not ${quote('ExternalName')}`);
  return texts;
}

export const ofEndpoints = ({ subsets }: Endpoints): string[] =>
  each(subsets).flatMap((subset, at) =>
    (['addresses', 'notReadyAddresses'] as const).flatMap(list =>
      each(subset[list]).flatMap((address, place) =>
        ipWarnings(child(index(child(index('subsets', at), list), place), 'ip'), address.ip),
      ),
    ),
  );

export const ofNode = ({ spec }: Node): string[] => [
  ...(spec.configSource ? ['spec.configSource: the feature is removed'] : []),
  ...(spec.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
  ...each(spec.podCIDRs).flatMap((range, at) => cidrWarnings(index('spec.podCIDRs', at), range)),
];

const enforceAnnotation = 'kubernetes.io/enforce-mountable-secrets';

export const ofServiceAccount = (account: KubeObject, old: KubeObject | undefined): string[] =>
  old?.metadata.annotations?.[enforceAnnotation] === undefined
    ? noted(
        account,
        enforceAnnotation,
        'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets',
      )
    : [];
