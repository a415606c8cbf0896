/** What is sent and shown of an account. */
import { annotations } from '@orrery/platform-kinds/names';
import type { User } from '@orrery/platform-kinds/types';
import { pathTo } from '../../util/paths.ts';

export interface Profile {
  readonly displayName: string;
  readonly email: string;
  readonly description: string;
}

export interface UserForm extends Profile {
  readonly name: string;
  readonly password: string;
}

/** Where the platform's complaints about a field are to be shown. */
export const userFields = {
  name: 'metadata.name',
  email: 'spec.email',
  displayName: 'spec.displayName',
  description: 'spec.description',
  password: 'spec.password',
  role: `metadata.annotations[${annotations.globalRole}]`,
} as const;

const apiVersion = 'iam.kubesphere.io/v1beta1';
const filled = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value.trim() ? [[name, value.trim()]] : [])));

/** `mustChange`: whoever made the password knows it, so it is good for one log-in only. */
export function userOf({ name, password, ...profile }: UserForm, role: string, mustChange: boolean): User {
  return {
    apiVersion,
    kind: 'User',
    metadata: {
      name: name.trim(),
      annotations: {
        ...(role !== '' && { [annotations.globalRole]: role }),
        ...(mustChange && { [annotations.uninitialized]: 'true' }),
      },
    },
    spec: { ...filled({ ...profile }), password },
  };
}

/** A merge patch: what was emptied is taken away. */
export const userPatch = (profile: Profile, role: string) => ({
  metadata: { annotations: { [annotations.globalRole]: role || null } },
  spec: Object.fromEntries(
    Object.entries(profile).map(([name, value]: [string, string]) => [name, value.trim() || null]),
  ),
});

export const statePatch = (disabled: boolean) => ({ status: { state: disabled ? 'Disabled' : 'Active' } });

export const nameOf = ({ metadata }: User): string => metadata.name ?? '';
export const roleOf = ({ metadata }: User): string => metadata.annotations?.[annotations.globalRole] ?? '';
export const isLocked = ({ status }: User): boolean => status?.state === 'AuthLimitExceeded';
export const isDisabled = ({ status }: User): boolean => status?.state === 'Disabled';
export const profileOf = ({ spec: { displayName = '', email = '', description = '' } }: User) => ({
  displayName,
  email,
  description,
});
export const userHref = (user: User): string => pathTo('/users/$user', { user: nameOf(user) });
