/** What is sent of a role. */
import { annotations } from '@orrery/platform-kinds/names';
import type { PlatformRole, PolicyRule } from '@orrery/platform-kinds/types';

export interface RoleForm {
  readonly name: string;
  readonly alias: string;
  readonly description: string;
}

/** Where the platform's complaints about a field are to be shown. */
export const roleFields = { name: 'metadata.name' } as const;

export const roleOf = ({ name, alias, description }: RoleForm, rules: PolicyRule[]): PlatformRole => ({
  apiVersion: 'iam.kubesphere.io/v1beta1',
  kind: 'GlobalRole',
  metadata: {
    name: name.trim(),
    annotations: {
      ...(alias.trim() !== '' && { [annotations.alias]: alias.trim() }),
      ...(description.trim() !== '' && { [annotations.description]: description.trim() }),
    },
  },
  rules,
});
