/** What is always there: versions, health, which features are on, what the user may do. */
import { textAnswer } from '@orrery/http';
import { openApiDocument, workspaceAccess, guardedGroup } from '@orrery/platform-contract';
import { platform as routes, type AccessReview } from '@orrery/platform-contract/features';
import { platformResources } from '@orrery/platform-kinds';
import { badRequest } from '@orrery/machinery/status';
import { decide } from '../access/authorizer.ts';
import type { PlatformContext } from '../context.ts';
import { RawAnswer, handlersFor, liveFor, type Feature } from '../feature.ts';
import { answers, reviewed } from './reviews.ts';
import { clusterVersion } from './version.ts';
import type { Caller } from '../identity/caller.ts';
import { createExplainer, type Explainer } from './why.ts';

const manifest = {
  name: 'platform',
  summary: 'Versions, health, the list of features',
  routes,
  kinds: [],
  menus: [{ path: '/access', title: 'menu.access', scope: 'platform', route: 'platform.accessReviews' }],
  needs: [],
  always: true,
} as const;

const components = 'clusterconfigurations.installer.kubesphere.io';

export const about: Feature = {
  manifest,
  start: context => {
    let made: Explainer | undefined;
    const explainer = () => (made ??= createExplainer(context));
    return {
      handlers: handlersFor(routes, {
        health: async () => new RawAnswer(textAnswer(200, 'ok')),
        version: async () => ({ gitVersion: context.settings.version, ...(await clusterVersion(context)) }),
        openapi: async () =>
          openApiDocument(
            context.features.flatMap(({ routes }) => Object.values(routes)),
            context.settings.version,
          ),
        configz: async () =>
          Object.fromEntries(context.features.map(({ name }) => [name, context.switches.isOn(name)])),
        oauthConfig: async () => ({
          issuer: context.settings.issuer,
          accessTokenMaxAge: String(context.config.login().accessTokenSeconds),
          identityProviders: context.external.listed(),
        }),
        features: async () =>
          context.features
            .filter(({ name }) => context.switches.isOn(name))
            .map(({ name, summary, menus, needs }) => ({ name, summary, menus: [...menus], needs: [...needs] })),
        accessReviews: async ({ body, caller }) => ({
          answers: await answers(
            context,
            await reviewed(context, caller, body.user),
            body.questions,
            body.why ? explainer() : undefined,
          ),
        }),
        accessReview: ({ body, caller }) => review(context, caller, body),
      }),
      live: liveFor(routes, {
        // Components are turned on and off there.
        features: () =>
          context.features.some(({ kinds }) => kinds.includes(components))
            ? [{ resource: platformResources.clusterconfigurations }]
            : [],
      }),
    };
  },
};

async function review(context: PlatformContext, caller: Caller, body: AccessReview): Promise<AccessReview> {
  const wanted = body.spec?.resourceAttributes;
  if (typeof wanted?.verb !== 'string' || typeof wanted.resource !== 'string')
    throw badRequest('spec.resourceAttributes needs a verb and a resource');
  const { verb, resource, workspace, group = '', subresource, name, namespace } = wanted;
  const access = workspace
    ? workspaceAccess(verb, workspace, resource)
    : { verb, group: guardedGroup(group), resource, subresource, name, namespace };
  const about = await reviewed(context, caller, body.spec.user);
  const { allowed, reason } = await decide(context.clientOf(about), access);
  return { ...body, status: { allowed, ...(reason && { reason }) } };
}
