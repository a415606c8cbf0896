/** Why a role cannot be changed or removed now, besides permission. */
import type { Page } from '@orrery/platform-contract';
import type { KubeObject } from '@orrery/machinery/meta';
import { useLive } from '../../data/live.ts';
import { useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';
import { useDepartmentsWith } from './useDepartments.ts';
import { originOf, type RolePlace } from './place.ts';

/** Built-in roles and those of the cluster's own API are only shown. */
export function useFixed(place: RolePlace): (role: KubeObject) => string | undefined {
  const t = useMessages(messages);
  return role => {
    const origin = originOf(place, role);
    return origin === 'own' ? undefined : t(origin === 'builtIn' ? 'isBuiltIn' : 'isNative');
  };
}

/** A role goes when nobody has it any more: whoever has it would be left without any in this place. */
export function useWhyStays(place: RolePlace, role: KubeObject): string | undefined {
  const t = useMessages(messages);
  const fixed = useFixed(place)(role);
  const name = role.metadata.name ?? '';
  const { route, path, query } = place.holders(name);
  const one = { ...query, limit: 1, page: 1 };
  const held = useLive(route, { path: path as never, query: one as never, when: fixed === undefined });
  const count = (held.data as Page<KubeObject> | undefined)?.totalItems ?? 0;
  const names = useDepartmentsWith(place, name, fixed === undefined)?.names ?? [];
  if (fixed !== undefined) return fixed;
  if (count > 0) return t('isHeld', { count });
  return names.length > 0 ? t('isGiven', { names: names.join(', ') }) : undefined;
}
