/** What the built-in roles are called, and what they are for (pure). */
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations } from '@orrery/platform-kinds/names';
import type { MessageKey } from '../../util/messages.ts';
import { roleMessages } from './messages.data.ts';

export type RolePlace = 'platform' | 'cluster' | 'workspace' | 'project' | 'devops';
type Key = MessageKey<typeof roleMessages>;
export type RoleKey = Key extends `${infer Base}_text` ? Base : never;

/** Whose roles are Roles of a namespace, under names without a beginning. */
export const hasNativeRoles = (place: RolePlace): boolean => place === 'project' || place === 'devops';

/** The key of a built-in role's words; none for a role that somebody made. Roles of a workspace are called `<workspace>-<role>`. */
export function roleKeyOf(name: string, place: RolePlace, workspace?: string): RoleKey | undefined {
  const prefix = hasNativeRoles(place) ? '' : place === 'workspace' ? `${workspace ?? ''}-` : `${place}-`;
  if (!name.startsWith(prefix)) return undefined;
  const key = `${place}_${name.slice(prefix.length)}`;
  return Object.hasOwn(roleMessages.texts, `${key}_text`) ? (key as RoleKey) : undefined;
}

/** The name that somebody gave to a role, for people. */
export const aliasOf = ({ metadata }: KubeObject): string | undefined => metadata.annotations?.[annotations.alias];

/** Roles that the platform brings along cannot be changed. */
export const isBuiltIn = ({ metadata }: KubeObject): boolean =>
  metadata.labels?.['app.kubernetes.io/managed-by'] === 'orrery-platform';
