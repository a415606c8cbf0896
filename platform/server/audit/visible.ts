/** Which records a user sees: those of his projects and workspaces, from the time on at which they were made. */
import { guardedGroup, workspaceAccess } from '@orrery/platform-contract';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { allowedOf, decide } from '../access/authorizer.ts';
import { hostCluster } from '../chain/target.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { inWorkspace, projectsOf, workspacesOf } from '../tenancy/visible.ts';

/** What of a record the user sees; undefined for nothing at all. */
export type Sight = (event: AuditEvent) => AuditEvent | undefined;

const bornMs = (timestamp: string | undefined): number => Date.parse(timestamp ?? '') || Number.POSITIVE_INFINITY;

/**
 * Everything for who may read the audit of the platform. Everything of a workspace for who may read its audit. Of a project that one may get only what was
 * done there since it is of this workspace, without bodies. A name that was somebody else's before shows nothing of him.
 */
export async function sightOf(context: PlatformContext, caller: Caller): Promise<Sight> {
  const client = context.clientOf(caller);
  const whole = { verb: 'list', group: guardedGroup('auditing.kubesphere.io'), resource: 'events' };
  if ((await decide(client, whole)).allowed) return event => event;
  const [workspaces, projects] = await Promise.all([workspacesOf(context, caller), projectsOf(context, caller)]);
  const audited = await allowedOf(client, workspaces, ({ metadata }) =>
    workspaceAccess('list', metadata.name!, 'auditing'),
  );
  const since = new Map(audited.map(({ metadata }) => [metadata.name!, bornMs(metadata.creationTimestamp)]));
  const inProject = new Map(
    projects.map(project => [
      project.metadata.name!,
      { workspace: inWorkspace(project), sinceMs: bornMs(project.metadata.creationTimestamp) },
    ]),
  );
  return event => {
    const { Workspace, Cluster, objectRef, stageTimestamp } = event;
    const endMs = Date.parse(stageTimestamp);
    if (Workspace === '') return undefined;
    if (endMs >= (since.get(Workspace) ?? Number.POSITIVE_INFINITY)) return event;
    // Of projects of other clusters the audit of their workspace tells.
    const project = Cluster === hostCluster ? inProject.get(objectRef?.namespace ?? '') : undefined;
    if (!project || project.workspace !== Workspace || endMs < project.sinceMs) return undefined;
    const { requestObject: _request, responseObject: _response, ...rest } = event;
    return rest;
  };
}
