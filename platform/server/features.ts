/** The built-in features, in the order in which they are listed. Nothing else knows them. */
import { about } from './about/feature.ts';
import { audit } from './audit/feature.ts';
import { clusters } from './clusters/feature.ts';
import { components } from './components/feature.ts';
import { webConsole } from './console/feature.ts';
import { departments } from './departments/feature.ts';
import { devops } from './devops/feature.ts';
import { extensions } from './extensions/feature.ts';
import type { Feature } from './feature.ts';
import { isolation } from './isolation/feature.ts';
import { kubeconfig } from './kubeconfig/feature.ts';
import { market } from './market/feature.ts';
import { metrics } from './metrics/feature.ts';
import { oauth } from './oauth/feature.ts';
import { oauthclients } from './oauthclients/feature.ts';
import { operations } from './operations/feature.ts';
import { overview } from './overview/feature.ts';
import { providers } from './providers/feature.ts';
import { registries } from './registries/feature.ts';
import { quotas } from './quotas/feature.ts';
import { resources } from './resources/feature.ts';
import { roles } from './roles/feature.ts';
import { search } from './search/feature.ts';
import { stream } from './stream/feature.ts';
import { tenancy } from './tenancy/feature.ts';
import { terminal } from './terminal/feature.ts';
import { users } from './users/feature.ts';

export const builtInFeatures: readonly Feature[] = [
  about,
  oauth,
  users,
  providers,
  oauthclients,
  roles,
  tenancy,
  resources,
  overview,
  clusters,
  departments,
  devops,
  isolation,
  quotas,
  components,
  search,
  operations,
  registries,
  stream,
  kubeconfig,
  terminal,
  audit,
  extensions,
  market,
  metrics,
  webConsole,
];
