import { useId } from 'react';
import type { KubeObject } from '@orrery/machinery/meta';
import type { AnyRoute, Page } from '@orrery/platform-contract';
import { annotations } from '@orrery/platform-kinds/names';
import { useCall } from '../../data/calls.ts';
import { useMessages } from '../../ui/locale.ts';
import type { Params } from '../../util/paths.ts';
import { Problem } from '../Problem.tsx';
import { roleMessages } from './messages.data.ts';
import { aliasOf, roleKeyOf, type RolePlace } from './words.ts';
import styles from './roles.module.css';

export interface RolePickerProps {
  /** Lists the roles that there are. */
  readonly route: AnyRoute;
  readonly path?: Params;
  readonly place: RolePlace;
  readonly value: string;
  readonly onChange: (role: string) => void;
  readonly error?: string;
}

/** No place has more. */
const rolesMax = 100;

/** The roles of a place with what each is for. */
export function RolePicker({ route, path, place, value, onChange, error }: RolePickerProps) {
  const t = useMessages(roleMessages);
  const id = useId();
  const query = { limit: rolesMax, sortBy: 'name', ascending: 'true' };
  const found = useCall(route, { path: path as never, query: query as never });
  const roles = (found.data as Page<KubeObject> | undefined)?.items;
  return (
    <fieldset className={styles.picker} aria-describedby={error ? `${id}-error` : undefined}>
      <legend>{t('role')}</legend>
      {found.error && <Problem error={found.error} />}
      {roles?.map(role => {
        const name = role.metadata.name ?? '';
        const key = roleKeyOf(name, place, path?.['workspace']);
        const about = key ? t(`${key}_text`) : role.metadata.annotations?.[annotations.description];
        return (
          <label key={name} className={styles.role} data-chosen={name === value || undefined}>
            <input type="radio" name={id} value={name} checked={name === value} onChange={() => onChange(name)} />
            <span>
              <strong>{key ? t(key) : (aliasOf(role) ?? name)}</strong>
              {about && <small>{about}</small>}
            </span>
          </label>
        );
      })}
      {error && (
        <p id={`${id}-error`} className={styles.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
