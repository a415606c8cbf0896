/** What is sent and shown of a DevOps project (pure). */
import type { KubeObject } from '@orrery/machinery/meta';
import type { DevOpsProject } from '@orrery/platform-kinds/types';
import { pathTo } from '../../../util/paths.ts';
import { marksOf, type Marks } from '../../../blocks/marks.ts';
import { workspaceOf } from '../projects/project.ts';

/** The platform ends the name with letters of its own, since all workspaces share one space of names. */
export function devopsOf({ name, ...marks }: Marks & { readonly name: string }): DevOpsProject {
  const notes = marksOf(marks);
  return {
    apiVersion: 'devops.kubesphere.io/v1alpha3',
    kind: 'DevOpsProject',
    metadata: { generateName: name.trim(), ...(Object.keys(notes).length > 0 && { annotations: notes }) },
    spec: {},
  };
}

/** The values of the routes' paths. */
export const placeOf = (project: KubeObject): { readonly workspace: string; readonly devops: string } => ({
  workspace: workspaceOf(project),
  devops: project.metadata.name ?? '',
});

export const devopsHref = (project: KubeObject): string =>
  pathTo('/workspaces/$workspace/devops/$devops', placeOf(project));
