/** The platform's custom resources as a client names them, in their stored versions. */
import type { GroupVersionResource } from '@orrery/machinery/meta';
import { kinds } from './tables.data.ts';

export interface PlatformResource extends GroupVersionResource {
  readonly kind: string;
  readonly apiVersion: string;
}

type Plural =
  | 'users'
  | 'loginrecords'
  | 'globalroles'
  | 'globalrolebindings'
  | 'workspaceroles'
  | 'workspacerolebindings'
  | 'workspaces'
  | 'workspacetemplates';

/** By plural name, e.g. `platformResources.users`. */
export const platformResources = Object.fromEntries(
  kinds.map(({ group, versions, kind, plural }) => {
    const version = versions[0]!;
    return [plural, { group, version, resource: plural, kind, apiVersion: `${group}/${version}` }];
  }),
) as unknown as Readonly<Record<Plural, PlatformResource>>;
