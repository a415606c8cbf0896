import { Link } from '@tanstack/react-router';
import { annotations } from '@orrery/platform-kinds/names';
import type { PlatformRole } from '@orrery/platform-kinds/types';
import { roleMessages } from '../../blocks/roles/messages.data.ts';
import { aliasOf, roleKeyOf } from '../../blocks/roles/words.ts';
import { useMessages } from '../../ui/locale.ts';
import { pathTo } from '../../util/paths.ts';
import styles from './roles.module.css';

export const roleHref = ({ metadata }: PlatformRole): string => pathTo('/roles/$role', { role: metadata.name ?? '' });

/** A role by its name for people, the other one below. */
export function RoleCell({ role }: { readonly role: PlatformRole }) {
  const t = useMessages(roleMessages);
  const name = role.metadata.name ?? '';
  const key = roleKeyOf(name, 'platform');
  const shown = key ? t(key) : (aliasOf(role) ?? name);
  return (
    <span className={styles.cell}>
      <Link to={roleHref(role)} tabIndex={-1}>
        {shown}
      </Link>
      {shown !== name && <small>{name}</small>}
    </span>
  );
}

/** What a role is for, in the words of whoever made it. */
export function useRoleText(): (role: PlatformRole) => string | undefined {
  const t = useMessages(roleMessages);
  return ({ metadata }) => {
    const key = roleKeyOf(metadata.name ?? '', 'platform');
    return key ? t(`${key}_text`) : metadata.annotations?.[annotations.description];
  };
}
