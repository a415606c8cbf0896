/** Whom a project lets in (pure), by the same rule as the platform. */
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations, systemWorkspace } from '@orrery/platform-kinds/names';
import type { WorkspaceTemplate } from '@orrery/platform-kinds/types';
import { workspaceOf } from './project.ts';

export type OpenTo = 'itself' | 'workspace' | 'everybody';

export const isIsolated = ({ metadata }: KubeObject): boolean =>
  metadata.annotations?.[annotations.networkIsolation] === 'enabled';

/** `workspace` is that of the project; without it nothing is known of its switch. */
export function openTo(project: KubeObject, workspace: WorkspaceTemplate | undefined): OpenTo {
  const name = workspaceOf(project);
  if (name === '' || name === systemWorkspace) return 'everybody';
  if (isIsolated(project)) return 'itself';
  return workspace?.spec?.template?.spec?.networkIsolation === true ? 'workspace' : 'everybody';
}

/** A merge patch. */
export const isolationPatch = (isolated: boolean) => ({
  metadata: { annotations: { [annotations.networkIsolation]: isolated ? 'enabled' : null } },
});
