/** For which workspaces a cluster is, as far as this replica has heard. */
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources, systemWorkspace, type WorkspaceTemplate } from '@orrery/platform-kinds';
import type { InformerFactory } from '@orrery/reconciler';
import { isOpenTo } from '../open.ts';

/** A workspace that is going has nothing any more; the system's own has its namespaces everywhere. */
export function isOpenIn(informers: InformerFactory, cluster: string, template: WorkspaceTemplate): boolean {
  if (template.metadata.deletionTimestamp !== undefined) return false;
  if (template.metadata.name === systemWorkspace) return true;
  const kept = informers.of<KubeObject>(platformResources.clusters).get(cluster);
  return kept !== undefined && isOpenTo(kept, template);
}
