/** What extensions bring at run time: APIs, addresses, scripts and entries of the console; components on and off. */
import { extensions as routes } from '@orrery/platform-contract/features';
import { platformResources } from '@orrery/platform-kinds';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import { apiGate } from './apis.ts';
import { bundlePages } from './bundles.ts';
import { followComponents, statesOf, tellComponents } from './components.ts';
import { createContents } from './content.ts';
import { offerOf } from './offer.ts';
import { partControllers } from './parts.ts';
import { proxyGate } from './proxies.ts';
import { createReach } from './reach.ts';

const manifest = {
  name: 'extensions',
  summary: 'APIs, addresses and pages of others; components on and off',
  routes,
  kinds: [
    'apiservices.extensions.kubesphere.io',
    'jsbundles.extensions.kubesphere.io',
    'reverseproxies.extensions.kubesphere.io',
    'extensionentries.extensions.kubesphere.io',
    'installplans.kubesphere.io',
    'clusterconfigurations.installer.kubesphere.io',
  ],
  menus: [],
  needs: [],
} as const;

export const extensions: Feature = {
  manifest,
  start(context) {
    const reach = createReach(context);
    const contents = createContents(context, reach);
    const configured = followComponents(context);
    return {
      handlers: handlersFor(routes, {
        offer: async () => ({ extensions: await offerOf(context, contents) }),
        components: async () => ({ components: statesOf(context, configured()) }),
      }),
      live: liveFor(routes, {
        offer: () => [{ resource: platformResources.jsbundles }, { resource: platformResources.extensionentries }],
        components: () => [{ resource: platformResources.clusterconfigurations }],
      }),
      pages: bundlePages(context, contents),
      gates: [apiGate(context, reach), proxyGate(context, reach)],
      controllers: [...partControllers(context, contents), tellComponents(context)],
    };
  },
};
