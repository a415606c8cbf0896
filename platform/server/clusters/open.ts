/** Which clusters a workspace may use. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import { matches, selectorFromObject, type LabelSelectorObject } from '@orrery/machinery/selector';
import { labels, type WorkspaceTemplate } from '@orrery/platform-kinds';

export const isPublic = ({ metadata }: KubeObject): boolean => metadata.labels?.[labels.visibility] === 'public';

/** Public, or where the workspace is placed: by name, or by the cluster's labels. Pure. */
export function isOpenTo(cluster: KubeObject, { spec }: Pick<WorkspaceTemplate, 'spec'>): boolean {
  if (isPublic(cluster)) return true;
  const { clusters = [], clusterSelector } = spec?.placement ?? {};
  if (clusters.some(({ name }) => name === cluster.metadata.name)) return true;
  // KubeSphere writes none as an empty one.
  const selector = clusterSelector as LabelSelectorObject | undefined;
  const says = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions?.length ?? 0) > 0;
  return says && selects(selector!, cluster);
}

/** A selector that cannot be read selects nothing. */
function selects(selector: LabelSelectorObject, { metadata }: KubeObject): boolean {
  try {
    return matches(selectorFromObject(selector), metadata.labels);
  } catch {
    return false;
  }
}
