import type { Rows } from '../support/suite.ts';
import { accounts } from './accounts.ts';
import { extensions } from './extensions.ts';
import { grants } from './grants.ts';
import { importer } from './importer.ts';
import { install } from './install.ts';
import { resources } from './resources.ts';
import { roles } from './roles.ts';
import { tenancy } from './tenancy.ts';

/** In the order in which they run: the first sees the platform as it was installed. */
export const areas: Readonly<Record<string, Rows>> = {
  install,
  accounts,
  grants,
  roles,
  tenancy,
  resources,
  extensions,
  importer,
};
