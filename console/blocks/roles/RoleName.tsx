import { useMessages } from '../../ui/locale.ts';
import { roleMessages } from './messages.data.ts';
import { roleKeyOf, type RolePlace } from './words.ts';

export interface RoleNameProps {
  readonly name: string | undefined;
  readonly place: RolePlace;
  readonly workspace?: string;
}

/** A role by its name for people; one that somebody made by the name that it has. */
export function RoleName({ name, place, workspace }: RoleNameProps) {
  const t = useMessages(roleMessages);
  if (!name) return <span>–</span>;
  const key = roleKeyOf(name, place, workspace);
  return <span title={name}>{key ? t(key) : name}</span>;
}
