/** What is sent and shown of a workspace. */
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations, labels, systemWorkspace } from '@orrery/platform-kinds/names';
import type { WorkspaceTemplate } from '@orrery/platform-kinds/types';
import { marksOf, type Marks } from '../../blocks/marks.ts';

export interface WorkspaceForm extends Marks {
  readonly name: string;
}

/** Where the platform's complaints about a field are to be shown. */
export const workspaceFields = {
  name: 'metadata.name',
  alias: `metadata.annotations.${annotations.alias}`,
  description: `metadata.annotations.${annotations.description}`,
  manager: 'spec.template.spec.manager',
} as const;

export function workspaceOf({ name, ...marks }: WorkspaceForm): WorkspaceTemplate {
  const notes = marksOf(marks);
  return {
    apiVersion: 'tenant.kubesphere.io/v1beta1',
    kind: 'WorkspaceTemplate',
    metadata: { name: name.trim(), ...(Object.keys(notes).length > 0 && { annotations: notes }) },
    spec: {},
  };
}

/** A merge patch. */
export const managerPatch = (manager: string) => ({ spec: { template: { spec: { manager } } } });

export const managerOf = ({ spec }: WorkspaceTemplate): string | undefined => spec.template?.spec?.manager;
export const isSystem = ({ metadata }: WorkspaceTemplate): boolean => metadata.name === systemWorkspace;
/** A cluster that is open to all workspaces. */
export const isPublic = ({ metadata }: KubeObject): boolean => metadata.labels?.[labels.visibility] === 'public';
