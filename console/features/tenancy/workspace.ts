/** What is sent and shown of a workspace. */
import { annotations, systemWorkspace } from '@orrery/platform-kinds/names';
import type { WorkspaceTemplate } from '@orrery/platform-kinds/types';

export interface WorkspaceForm {
  readonly name: string;
  readonly alias: string;
  readonly description: string;
}

/** Where the platform's complaints about a field are to be shown. */
export const workspaceFields = {
  name: 'metadata.name',
  alias: `metadata.annotations.${annotations.alias}`,
  description: `metadata.annotations.${annotations.description}`,
} as const;

export function workspaceOf({ name, alias, description }: WorkspaceForm): WorkspaceTemplate {
  const notes = {
    ...(alias.trim() !== '' && { [annotations.alias]: alias.trim() }),
    ...(description.trim() !== '' && { [annotations.description]: description.trim() }),
  };
  return {
    apiVersion: 'tenant.kubesphere.io/v1beta1',
    kind: 'WorkspaceTemplate',
    metadata: { name: name.trim(), ...(Object.keys(notes).length > 0 && { annotations: notes }) },
    spec: {},
  };
}

export const managerOf = ({ spec }: WorkspaceTemplate): string | undefined => spec.template?.spec?.manager;
export const descriptionOf = ({ metadata }: WorkspaceTemplate): string | undefined =>
  metadata.annotations?.[annotations.description];
export const isSystem = ({ metadata }: WorkspaceTemplate): boolean => metadata.name === systemWorkspace;
