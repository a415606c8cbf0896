/** Of what an object says about itself only what means something elsewhere. */
import type { KubeObject, ObjectMeta } from '@orrery/machinery/meta';

/** Of one cluster, of one installation, or of a tool that wrote it. */
const droppedLabels =
  /^(kubefed\.io\/|kubernetes\.io\/metadata\.name$|kubesphere\.io\/(kubefed-host-namespace|managed)$|app\.kubernetes\.io\/managed-by$|helm\.sh\/)/;
const droppedAnnotations =
  /^(kubectl\.kubernetes\.io\/|kubefed\.io\/|meta\.helm\.sh\/|helm\.sh\/|deployment\.kubernetes\.io\/|platform\.orrery\.io\/|cni\.projectcalico\.org\/|iam\.kubesphere\.io\/(rego-override|password-encrypted)$|(devopsproject\.)?devops\.kubesphere\.io\/sync)/;

const without = (all: Readonly<Record<string, string>> | undefined, dropped: RegExp): Record<string, string> =>
  Object.fromEntries(Object.entries(all ?? {}).filter(([name]) => !dropped.test(name)));

/** Name, namespace, labels and annotations; owners, finalizers and what a server wrote stay behind. */
export function cleanMeta({ metadata }: KubeObject, more: Pick<ObjectMeta, 'labels' | 'annotations'> = {}): ObjectMeta {
  const labels = { ...without(metadata.labels, droppedLabels), ...more.labels };
  const annotations = { ...without(metadata.annotations, droppedAnnotations), ...more.annotations };
  return {
    name: metadata.name,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

export const nameOf = ({ metadata }: KubeObject): string =>
  metadata.namespace === undefined ? (metadata.name ?? '') : `${metadata.namespace}/${metadata.name ?? ''}`;
