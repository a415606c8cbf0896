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

/** The projects of a workspace, as far as this replica has heard. */
export const projectNamesOf = (informers: InformerFactory, workspace: string): string[] =>
  informers
    .of(resources.namespaces)
    .list()
    .filter(project => isProject(project) && project.metadata.labels?.[labels.workspace] === workspace)
    .map(({ metadata }) => metadata.name!);
