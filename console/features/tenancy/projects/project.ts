/** What is sent and shown of a project. */
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations, labels, systemNamespace } from '@orrery/platform-kinds/names';
import { hostCluster } from '../../../data/data.ts';
import { pathTo } from '../../../util/paths.ts';
import { marksOf, type Marks } from '../../../blocks/marks.ts';

export interface ProjectForm extends Marks {
  readonly name: string;
}

/** Where the platform's complaints about a field are to be shown. */
export const projectFields = {
  name: 'metadata.name',
  alias: `metadata.annotations.${annotations.alias}`,
  description: `metadata.annotations.${annotations.description}`,
} as const;

export function projectOf({ name, ...marks }: ProjectForm): KubeObject {
  const notes = marksOf(marks);
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: name.trim(), ...(Object.keys(notes).length > 0 && { annotations: notes }) },
  };
}

export const workspaceOf = ({ metadata }: KubeObject): string => metadata.labels?.[labels.workspace] ?? '';
export const placeOf = (project: KubeObject) => ({
  workspace: workspaceOf(project),
  namespace: project.metadata.name ?? '',
});
export const projectHref = ({ metadata: { name: namespace = '' } }: KubeObject, cluster = hostCluster): string =>
  pathTo('/clusters/$cluster/projects/$namespace', { cluster, namespace });
/** The platform itself lives in it. */
export const holdsPlatform = ({ metadata }: KubeObject): boolean => metadata.name === systemNamespace;
export const isGoing = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;
