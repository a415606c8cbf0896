import { Link } from '@tanstack/react-router';
import { annotations } from '@orrery/platform-kinds/names';
import type { PlatformRole } from '@orrery/platform-kinds/types';
import { roleMessages } from '../../blocks/roles/messages.data.ts';
import { aliasOf, roleKeyOf } from '../../blocks/roles/words.ts';
import { useMessages } from '../../ui/locale.ts';
import type { RolePlace } from './place.ts';
import styles from './roles.module.css';

const keyOf = ({ kind, path }: RolePlace, { metadata }: PlatformRole) =>
  roleKeyOf(metadata.name ?? '', kind, path['workspace']);

/** What people call a role, and what it is for, in the words of whoever made it. */
export function useRoleWords(place: RolePlace): {
  readonly titleOf: (role: PlatformRole) => string;
  readonly aboutOf: (role: PlatformRole) => string | undefined;
} {
  const t = useMessages(roleMessages);
  return {
    titleOf(role) {
      const key = keyOf(place, role);
      return key ? t(key) : (aliasOf(role) ?? role.metadata.name ?? '');
    },
    aboutOf(role) {
      const key = keyOf(place, role);
      return key ? t(`${key}_text`) : role.metadata.annotations?.[annotations.description];
    },
  };
}

/** A role by its name for people, the other one below. */
export function RoleCell({ place, role }: { readonly place: RolePlace; readonly role: PlatformRole }) {
  const { titleOf } = useRoleWords(place);
  const name = role.metadata.name ?? '';
  const shown = titleOf(role);
  return (
    <span className={styles.cell}>
      <Link to={place.hrefOf(name)} tabIndex={-1}>
        {shown}
      </Link>
      {shown !== name && <small>{name}</small>}
    </span>
  );
}
