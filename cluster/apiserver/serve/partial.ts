/** An object's metadata alone. */
import type { KubeObject } from '@orrery/machinery/meta';

/** @param version of meta.k8s.io */
export const partialMetadata = (object: KubeObject, version: string): KubeObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
});
