/** Every feature of the console, each in its folder. Only this list knows them all. */
import type { FeaturePages } from '../blocks/page.ts';
import { access } from './access/pages.ts';
import { account } from './account/pages.ts';
import { audit } from './audit/pages.ts';
import { clusters } from './clusters/pages.ts';
import { components } from './components/pages.ts';
import { departments } from './departments/pages.ts';
import { oauthclients } from './oauthclients/pages.ts';
import { market } from './market/pages.ts';
import { platform } from './platform/pages.ts';
import { providers } from './providers/pages.ts';
import { recordings } from './recordings/pages.ts';
import { quotas } from './quotas/pages.ts';
import { resources } from './resources/pages.ts';
import { roles, rolesOfDevops } from './roles/pages.ts';
import { search } from './search/pages.ts';
import { session } from './session/pages.ts';
import { devops } from './tenancy/devops/pages.ts';
import { switches } from './switches/pages.ts';
import { isolation } from './tenancy/projects/isolation/pages.ts';
import { tenancy } from './tenancy/pages.ts';
import { users } from './users/pages.ts';

export const features: readonly FeaturePages[] = [
  platform,
  clusters,
  session,
  tenancy,
  isolation,
  users,
  roles,
  departments,
  devops,
  rolesOfDevops,
  quotas,
  providers,
  oauthclients,
  access,
  account,
  resources,
  search,
  audit,
  recordings,
  components,
  switches,
  market,
];
