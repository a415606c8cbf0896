/** What the buttons of a page ask: may I, and if not, why. */
import { badRequest, forbidden, notFound } from '@orrery/machinery/status';
import {
  accessOf,
  accessText,
  nothingGives,
  guardedGroup,
  parametersIn,
  workspaceAccess,
  type Access,
  type AnswerOf,
  type AnyRoute,
  type BodyOf,
  type Permission,
} from '@orrery/platform-contract';
import type { platform as own } from '@orrery/platform-contract/features';
import { decide } from '../access/authorizer.ts';
import { hostOf } from '../clusters/member/host.ts';
import { isOfOneCluster } from '../clusters/member/routes.data.ts';
import type { PlatformContext } from '../context.ts';
import { nobody, type Caller } from '../identity/caller.ts';
import type { Explainer } from './why.ts';

type Question = BodyOf<typeof own.accessReviews>['questions'][number];
type Answer = AnswerOf<typeof own.accessReviews>['answers'][number];

/** As many as a page has buttons, and no more. */
const questionsMax = 100;

/** @throws StatusError 400 for a question that names neither a route that is on nor a verb and a resource. */
export async function answers(
  context: PlatformContext,
  caller: Caller,
  questions: readonly Question[],
  explainer?: Explainer,
): Promise<Answer[]> {
  if (questions.length > questionsMax) throw badRequest(`at most ${questionsMax} questions at a time`);
  const routes = new Map(
    context.features.flatMap(({ routes }) => Object.values(routes)).map(route => [route.id, route]),
  );
  const client = context.clientOf(caller);
  const platform = hostOf(context).clientOf(caller);
  return Promise.all(
    questions.map(async question => {
      const asked = question.route === undefined ? nativeAccess(question) : routeAccess(routes, question, caller);
      if (asked === 'allowed') return { allowed: true };
      const { allowed, reason } = await decide(isOfPlatform(routes, question) ? platform : client, asked);
      const why = await explainer?.explain(caller, asked, allowed);
      const told = why ? { why: why as Answer['why'] } : {};
      return allowed
        ? { allowed, ...told }
        : { allowed, reason: reason || `${nothingGives}${accessText(asked)}`, ...told };
    }),
  );
}

/** What is of the platform as a whole is the host's to say, whichever cluster was asked. */
function isOfPlatform(routes: ReadonlyMap<string, AnyRoute>, { route: id, workspace }: Question): boolean {
  const route = id === undefined ? undefined : routes.get(id);
  return route ? !isOfOneCluster(route) : Boolean(workspace);
}

function nativeAccess(question: Question): Access {
  const { verb, group = '', resource, subresource, workspace, namespace, name } = question;
  if (!verb || !resource) throw badRequest('a question names a route, or a verb and a resource');
  if (workspace) return workspaceAccess(verb, workspace, resource);
  return { verb, group: guardedGroup(group), resource, subresource, namespace, name };
}

function routeAccess(
  routes: ReadonlyMap<string, AnyRoute>,
  { route: id = '', path = {} }: Question,
  caller: Caller,
): Access | 'allowed' {
  const route = routes.get(id);
  if (!route) throw badRequest(`there is no route "${id}"`);
  const missing = parametersIn(route.paths[0]!).find(name => needs(route.permission, name) && !path[name]);
  if (missing) throw badRequest(`the route "${id}" needs a value for "${missing}"`);
  const { permission } = route;
  if (permission.kind !== 'grant') return 'allowed';
  if (permission.self !== undefined && path[permission.self] === caller.name) return 'allowed';
  return accessOf(permission, path);
}

/** The name of an object may be left out: the question is then about all of them. */
const needs = (permission: Permission, name: string): boolean =>
  permission.kind === 'grant' &&
  ((permission.scope === 'workspace' && name === 'workspace') ||
    (permission.scope === 'project' && name === 'namespace') ||
    (permission.scope === 'devops' && name === 'devops'));

/** Whom a review is about: himself, or another account for who may ask about others. */
export async function reviewed(context: PlatformContext, caller: Caller, name = caller.name): Promise<Caller> {
  if (name === caller.name) return caller;
  const resource = { group: 'iam.kubesphere.io', resource: 'subjectaccessreviews' };
  const { allowed } = await decide(hostOf(context).clientOf(caller), {
    verb: 'create',
    group: guardedGroup(resource.group),
    resource: resource.resource,
  });
  if (!allowed) throw forbidden(resource, 'only administrators of the platform ask about others');
  const user = await context.users.find(name);
  if (!user) throw notFound({ group: 'iam.kubesphere.io', resource: 'users', name });
  return { ...nobody, name, groups: user.spec.groups ?? [] };
}
