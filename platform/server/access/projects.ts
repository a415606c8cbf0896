/** Which namespaces are projects of people. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { labels, systemWorkspace } from '@orrery/platform-kinds';
import type { InformerFactory } from '@orrery/reconciler';

/** What the system runs in is governed by the roles of the cluster alone. */
export const isProject = ({ metadata }: KubeObject): boolean => {
  const workspace = metadata.labels?.[labels.workspace];
  return metadata.deletionTimestamp === undefined && Boolean(workspace) && workspace !== systemWorkspace;
};

/** Where rights over projects hold, or those over DevOps projects: never both. */
export interface ProjectPlace {
  readonly name: string;
  readonly kind: 'project' | 'devops';
}

export const projectPlace = ({ metadata }: KubeObject): ProjectPlace => ({
  name: metadata.name!,
  kind: metadata.labels?.[labels.devops] ? 'devops' : 'project',
});

/** The projects of a workspace, DevOps projects among them, as far as this replica has heard. */
export const projectPlacesOf = (informers: InformerFactory, workspace: string): ProjectPlace[] =>
  informers
    .of(resources.namespaces)
    .list()
    .filter(project => isProject(project) && project.metadata.labels?.[labels.workspace] === workspace)
    .map(projectPlace);

export const projectNamesOf = (informers: InformerFactory, workspace: string): string[] =>
  projectPlacesOf(informers, workspace).map(({ name }) => name);
