/** What follows from a DevOps project. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations, labels, platformResources, type DevOpsProject } from '@orrery/platform-kinds';

const workspaceOf = ({ metadata }: KubeObject): string => metadata.labels?.[labels.workspace] ?? '';

/** Its namespace, which has its name: members, roles and pipelines are there. */
export function placeOf(project: DevOpsProject): KubeObject {
  const { name = '', uid = '', annotations: said } = project.metadata;
  const workspace = workspaceOf(project);
  const creator = said?.[annotations.creator];
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { [labels.devops]: name, [labels.workspace]: workspace },
      annotations: { [annotations.settledIn]: workspace, ...(creator && { [annotations.creator]: creator }) },
      ownerReferences: [
        { apiVersion: platformResources.devopsprojects.apiVersion, kind: 'DevOpsProject', name, uid, controller: true },
      ],
    },
  } as KubeObject;
}

/** What is to be done so that a project and its namespace agree. */
export type Step = 'none' | 'make' | 'mark' | 'tell' | 'drop';

/**
 * `workspace` is whether its workspace is there and stays. A namespace of the same name that is no DevOps project's is left alone: then
 * nothing of the project is done.
 */
export function nextStep(project: DevOpsProject, place: KubeObject | undefined, workspace: boolean): Step {
  const { name, deletionTimestamp } = project.metadata;
  if (deletionTimestamp !== undefined) return 'none';
  if (!workspace) return 'drop';
  if (!place) return 'make';
  if (place.metadata.deletionTimestamp !== undefined) return 'none';
  const owner = place.metadata.labels?.[labels.devops];
  if (owner !== undefined && owner !== name) return 'none';
  if (owner === undefined) return isOwned(place, project) ? 'mark' : 'none';
  // An import makes both, and knows no uid yet.
  if (workspaceOf(place) !== workspaceOf(project) || !isOwned(place, project)) return 'mark';
  return project.status?.adminNamespace === name ? 'none' : 'tell';
}

const isOwned = (place: KubeObject, { metadata }: DevOpsProject): boolean =>
  place.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) === true;
