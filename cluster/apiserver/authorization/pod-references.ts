/** What a pod refers to by name (upstream `pkg/api/v1/pod`): the node authorizer, NodeRestriction and ServiceAccount admission ask. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';

interface NameRef {
  readonly name?: string;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly valueFrom?: { readonly secretKeyRef?: NameRef; readonly configMapKeyRef?: NameRef };
}

export interface Container {
  name: string;
  env?: readonly EnvironmentVariable[];
  envFrom?: readonly { readonly secretRef?: NameRef; readonly configMapRef?: NameRef }[];
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  resources?: {
    requests?: Record<string, string | number>;
    limits?: Record<string, string | number>;
    claims?: readonly { readonly name: string }[];
  };
}

export interface Projection {
  readonly secret?: NameRef;
  readonly configMap?: NameRef & { readonly items?: readonly object[] };
  readonly serviceAccountToken?: {
    readonly audience?: string;
    readonly expirationSeconds?: number;
    readonly path: string;
  };
  readonly downwardAPI?: object;
  readonly clusterTrustBundle?: object;
}

export interface Volume {
  name: string;
  secret?: { readonly secretName?: string };
  configMap?: NameRef;
  projected?: { readonly defaultMode?: number; readonly sources?: readonly Projection[] };
  persistentVolumeClaim?: { readonly claimName: string };
  ephemeral?: object;
  csi?: { readonly driver?: string; readonly nodePublishSecretRef?: NameRef };
  azureFile?: { readonly secretName?: string };
  cephfs?: { readonly secretRef?: NameRef };
  cinder?: { readonly secretRef?: NameRef };
  flexVolume?: { readonly secretRef?: NameRef };
  rbd?: { readonly secretRef?: NameRef };
  scaleIO?: { readonly secretRef?: NameRef };
  iscsi?: { readonly secretRef?: NameRef };
  storageos?: { readonly secretRef?: NameRef };
}

export interface PodSpec {
  nodeName?: string;
  serviceAccountName?: string;
  serviceAccount?: string;
  automountServiceAccountToken?: boolean;
  containers?: Container[];
  initContainers?: Container[];
  ephemeralContainers?: Container[];
  volumes?: Volume[];
  imagePullSecrets?: NameRef[];
  resourceClaims?: readonly {
    readonly name: string;
    readonly resourceClaimName?: string;
    readonly resourceClaimTemplateName?: string;
  }[];
  resources?: Container['resources'];
}

export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: {
    resourceClaimStatuses?: readonly { readonly name: string; readonly resourceClaimName?: string }[];
    [field: string]: unknown;
  };
}

export const mirrorAnnotation = 'kubernetes.io/config.mirror';
/** Mirror pods show what a kubelet runs from a file: they may refer to nothing in the API. */
export const isMirror = (pod: KubeObject): boolean => pod.metadata.annotations?.[mirrorAnnotation] !== undefined;

export const allContainers = ({
  initContainers = [],
  containers = [],
  ephemeralContainers = [],
}: PodSpec): Container[] => [...initContainers, ...containers, ...ephemeralContainers];

const named = (refs: readonly (NameRef | undefined)[]): string[] => refs.flatMap(ref => (ref?.name ? [ref.name] : []));
const unique = (names: readonly string[]): string[] => [...new Set(names)];

const volumeSecrets = (volume: Volume): (NameRef | undefined)[] => [
  { name: volume.secret?.secretName },
  { name: volume.azureFile?.secretName },
  ...(volume.projected?.sources ?? []).map(source => source.secret),
  volume.csi?.nodePublishSecretRef,
  volume.cephfs?.secretRef,
  volume.cinder?.secretRef,
  volume.flexVolume?.secretRef,
  volume.rbd?.secretRef,
  volume.scaleIO?.secretRef,
  volume.iscsi?.secretRef,
  volume.storageos?.secretRef,
];

/** The names of all Secrets of a pod, each once. */
export function secretNames(spec: PodSpec): string[] {
  const containers = allContainers(spec);
  return unique(
    named([
      ...(spec.imagePullSecrets ?? []),
      ...containers.flatMap(container => (container.envFrom ?? []).map(source => source.secretRef)),
      ...containers.flatMap(container => (container.env ?? []).map(variable => variable.valueFrom?.secretKeyRef)),
      ...(spec.volumes ?? []).flatMap(volumeSecrets),
    ]),
  );
}

/** The names of all ConfigMaps of a pod, each once. */
export function configMapNames(spec: PodSpec): string[] {
  const containers = allContainers(spec);
  return unique(
    named([
      ...containers.flatMap(container => (container.envFrom ?? []).map(source => source.configMapRef)),
      ...containers.flatMap(container => (container.env ?? []).map(variable => variable.valueFrom?.configMapKeyRef)),
      ...(spec.volumes ?? []).flatMap(volume => [
        volume.configMap,
        ...(volume.projected?.sources ?? []).map(source => source.configMap),
      ]),
    ]),
  );
}

/** The names of a pod's claims, those of its ephemeral volumes included. */
export const claimNames = ({ metadata, spec }: Pod): string[] =>
  (spec.volumes ?? []).flatMap(volume => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral ? [`${metadata.name}-${volume.name}`] : [];
  });

/** The names of a pod's ResourceClaims: named in its spec, or made for it and told in its status. */
export function resourceClaimNames({ spec, status }: Pod): string[] {
  const made = new Map((status?.resourceClaimStatuses ?? []).map(claim => [claim.name, claim.resourceClaimName]));
  return (spec.resourceClaims ?? []).flatMap(claim => claim.resourceClaimName ?? made.get(claim.name) ?? []);
}
