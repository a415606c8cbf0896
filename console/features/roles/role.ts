/** What is sent of a role. */
import { annotations, labels } from '@orrery/platform-kinds/names';
import type { PlatformRole, PlatformRoleBinding } from '@orrery/platform-kinds/types';
import type { RolePlace } from './place.ts';

export interface RoleForm {
  readonly name: string;
  readonly alias: string;
  readonly description: string;
}

/** Where the platform's complaints about a field are to be shown. */
export const roleFields = { name: 'metadata.name' } as const;

export const roleOf = (
  { object }: Pick<RolePlace, 'object'>,
  { name, alias, description }: RoleForm,
  templateNames: readonly string[],
): PlatformRole => ({
  apiVersion: 'iam.kubesphere.io/v1beta1',
  kind: object,
  metadata: {
    name: name.trim(),
    annotations: {
      ...(alias.trim() !== '' && { [annotations.alias]: alias.trim() }),
      ...(description.trim() !== '' && { [annotations.description]: description.trim() }),
    },
  },
  aggregationRoleTemplates: { templateNames: [...templateNames] },
});

/** A merge patch: what was emptied is taken away, and templates are left alone unless they were chosen anew. */
export const rolePatch = (
  { alias, description }: Omit<RoleForm, 'name'>,
  templateNames: readonly string[] | undefined,
): object => ({
  metadata: {
    annotations: {
      [annotations.alias]: alias.trim() || null,
      [annotations.description]: description.trim() || null,
    },
  },
  ...(templateNames && { aggregationRoleTemplates: { templateNames: [...templateNames] } }),
});

export const templatesIn = ({ aggregationRoleTemplates }: PlatformRole): readonly string[] =>
  aggregationRoleTemplates?.templateNames ?? [];

/** The departments that bindings give the role to, each once. */
export const departmentsWith = (role: string, bindings: readonly PlatformRoleBinding[]): readonly string[] => [
  ...new Set(
    bindings
      .filter(({ roleRef }) => roleRef.name === role)
      .flatMap(({ metadata, subjects = [] }) => {
        const named = metadata.labels?.[labels.group];
        return named ? [named] : subjects.filter(({ kind }) => kind === 'Group').map(({ name }) => name);
      }),
  ),
];
