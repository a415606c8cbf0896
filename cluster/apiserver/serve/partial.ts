/** An object's metadata alone. */
import type { KubeObject } from '@orrery/machinery/meta';

/** Annotations that stand for fields upstream has inside only: they come with the whole object, and not with its metadata alone. */
const ofFields: Readonly<Record<string, RegExp>> = {
  DaemonSet: /^deprecated\.daemonset\.template\.generation$/,
  Deployment: /^deprecated\.deployment\.rollback\.to$/,
  HorizontalPodAutoscaler: /^autoscaling\.alpha\.kubernetes\.io\/(metrics|behavior|conditions|current-metrics)$/,
};
const builtIn = /^(apps|autoscaling)\//;

function metadataOf({ kind = '', apiVersion = '', metadata }: KubeObject): KubeObject['metadata'] {
  const pattern = builtIn.test(apiVersion) ? ofFields[kind] : undefined;
  if (!pattern || !metadata.annotations) return metadata;
  const kept = Object.entries(metadata.annotations).filter(([name]) => !pattern.test(name));
  const { annotations: _all, ...rest } = metadata;
  return kept.length === 0 ? rest : { ...metadata, annotations: Object.fromEntries(kept) };
}

/** @param version of meta.k8s.io */
export const partialMetadata = (object: KubeObject, version: string): KubeObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: metadataOf(object),
});
