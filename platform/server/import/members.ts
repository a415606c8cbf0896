/** Who is what in the cluster, in workspaces and in projects. One binding for one person or department, named as Orrery names it. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import { labels, systemWorkspace, type Group, type PlatformRoleBinding, type Subject } from '@orrery/platform-kinds';
import { projectBinding, projectRolesOf, workspaceBinding, workspaceRoleOf } from '../departments/plan.ts';
import { isReserved } from '../identity/caller.ts';
import { managerBinding, managerOf, projectMember, workspaceMember } from '../tenancy/plan.ts';
import { nameOf } from './clean.ts';
import { builtIn, builtInOfWorkspace, isTemplate, labelOf, type Known } from './known.ts';
import { iamRef } from './people.ts';
import { notAProject } from './roles.ts';
import type { Kind, Refusal, Wish, Wishes } from './shapes.ts';

const rbac = 'rbac.authorization.k8s.io';

/** A place where people have roles. */
interface Place {
  readonly kind: Kind;
  readonly roles: ReadonlySet<string>;
  readonly wanted: (subject: Subject, role: string) => KubeObject;
  /** What the account, the workspace or the department says itself. */
  readonly isTold: (subject: Subject, role: string) => boolean;
}

const objectOf = ({ object: { metadata, ...rest } }: { object: KubeObject }): KubeObject => {
  const { apiVersion: _version, kind: _kind, ...fields } = rest;
  return { metadata, ...fields };
};

/** Each subject for itself, since members come and go one by one. `keep` leaves the name of a binding that is in its place already. */
function translate(binding: PlatformRoleBinding, place: Place, known: Known, keep: boolean): Wishes {
  const wishes: Wish[] = [];
  const refusals: Refusal[] = [];
  const { subjects = [], roleRef } = binding;
  const people = subjects.filter(({ kind, name }) => kind !== 'ServiceAccount' && !isReserved(name));
  const refuse = (why: string) => void refusals.push({ kind: place.kind, name: nameOf(binding), why });
  const services = subjects.filter(({ kind }) => kind === 'ServiceAccount');
  if (services.length > 0 && place.kind === 'rolebindings' && place.roles.has(roleRef.name) && !keep)
    refuse(`is given to a service's account as well, which comes with its workload: ${services[0]!.name}`);
  // Of other accounts of services and of the system itself nothing is said.
  if (people.length === 0) return { wishes, refusals };
  if (roleRef.kind === 'ClusterRole' && place.kind === 'rolebindings') {
    refuse('gives a role of the whole cluster in a project, which members here do not have');
    return { wishes, refusals };
  }
  if (!place.roles.has(roleRef.name)) {
    refuse(`there is no role "${roleRef.name}" of the platform's there`);
    return { wishes, refusals };
  }
  for (const subject of people) {
    const { kind, name } = subject;
    if (kind === 'User' && !known.users.has(name)) refuse(`${name} has no account`);
    else if (kind === 'Group' && !known.groups.has(name)) refuse(`there is no department "${name}"`);
    else if (!place.isTold(subject, roleRef.name)) {
      const object = place.wanted(subject, roleRef.name);
      const { metadata } = object;
      const same = metadata.name === binding.metadata.name || (keep && people.length === 1);
      wishes.push({
        kind: place.kind,
        object: same ? { ...object, metadata: { ...metadata, name: binding.metadata.name } } : object,
        changes: same ? [] : [`was ${binding.metadata.name}`],
      });
    }
  }
  return { wishes, refusals };
}

const namesOf = (objects: readonly KubeObject[], which: (object: KubeObject) => boolean): string[] =>
  objects.filter(object => !isTemplate(object) && which(object)).map(({ metadata }) => metadata.name ?? '');

const groupOf = ({ source }: Known, name: string): Group =>
  source.groups.find(({ metadata }) => metadata.name === name) ?? { metadata: {} };

function workspacePlace(known: Known, workspace: string): Place {
  const { source } = known;
  const template = source.workspacetemplates.find(({ metadata }) => metadata.name === workspace);
  const own = source.workspaces.find(({ metadata }) => metadata.name === workspace);
  const manager = template ? managerOf(template as never) : (own as { spec?: { manager?: string } })?.spec?.manager;
  const isHere = (role: KubeObject) => labelOf(role, labels.workspace) === workspace;
  return {
    kind: 'workspacerolebindings',
    roles: new Set([...builtInOfWorkspace(workspace), ...namesOf(source.workspaceroles, isHere)]),
    wanted: ({ kind, name }, role) =>
      objectOf(kind === 'User' ? workspaceMember(workspace, name, role) : workspaceBinding(workspace, name, role)),
    isTold: ({ kind, name }, role) =>
      kind === 'User'
        ? name === manager && role === `${workspace}-admin`
        : workspaceRoleOf(groupOf(known, name)) === role,
  };
}

function projectPlace(known: Known, namespace: string): Place {
  const { source } = known;
  const isHere = (role: KubeObject) => role.metadata.namespace === namespace;
  return {
    kind: 'rolebindings',
    roles: new Set([
      ...builtIn.namespace,
      ...namesOf(source.iamRoles, isHere),
      ...namesOf(
        source.roles,
        role => isHere(role) && role.metadata.annotations?.['iam.kubesphere.io/aggregation-roles'] !== undefined,
      ),
    ]),
    wanted: ({ kind, name }, role) =>
      objectOf(kind === 'User' ? projectMember(namespace, name, role) : projectBinding(namespace, name, role)),
    isTold: ({ kind, name }, role) =>
      kind === 'Group' &&
      projectRolesOf(groupOf(known, name)).some(told => told.namespace === namespace && told.role === role),
  };
}

function clusterPlace({ source }: Known): Place {
  const isMade = (role: KubeObject) => role.metadata.annotations?.['iam.kubesphere.io/aggregation-roles'] !== undefined;
  return {
    kind: 'iamClusterRoleBindings',
    roles: new Set([
      ...builtIn.cluster,
      ...namesOf(source.iamClusterRoles, () => true),
      ...namesOf(source.clusterroles, isMade),
    ]),
    wanted: ({ kind, name }, role) =>
      ({
        metadata: {
          name: kind === 'User' ? `${name}-${role}` : `${name}.department.${role}`,
          labels: { [kind === 'User' ? labels.user : labels.group]: name },
        },
        roleRef: iamRef('ClusterRole', role),
        subjects: [{ kind, apiGroup: rbac, name }],
      }) as KubeObject,
    isTold: () => false,
  };
}

/** Of the cluster's own bindings those that KubeSphere made for members. */
const isMember = (binding: KubeObject): boolean =>
  labelOf(binding, labels.user) !== '' || labelOf(binding, labels.group) !== '';

const isOfPeople = ({ subjects = [] }: PlatformRoleBinding, { users, groups }: Known): boolean =>
  subjects.some(({ kind, name }) => (kind === 'User' && users.has(name)) || (kind === 'Group' && groups.has(name)));

const noWorkspace = 'its workspace is not there';

/** `keep`: what is in its place already keeps its name. */
export function translateMembers(known: Known, keep = false): Wishes {
  const { source } = known;
  const parts: Wishes[] = [];
  for (const binding of source.workspacerolebindings) {
    const workspace = labelOf(binding, labels.workspace);
    const { name = '' } = binding.metadata;
    if (known.workspaces.has(workspace)) parts.push(translate(binding, workspacePlace(known, workspace), known, keep));
    // Its manager is the first administrator everywhere.
    else if (!keep && name !== managerBinding(systemWorkspace, 'admin')) {
      const why = workspace === systemWorkspace ? 'what the system runs in has no members here' : noWorkspace;
      parts.push({ wishes: [], refusals: [{ kind: 'workspacerolebindings', name, why }] });
    }
  }
  const inCluster = clusterPlace(known);
  // What was given to people by the native API is no membership: in place it goes on, elsewhere it is told.
  const isGiven = (binding: PlatformRoleBinding): boolean => !keep && isOfPeople(binding, known);
  for (const binding of [...source.iamClusterRoleBindings, ...source.clusterrolebindings])
    if (source.iamClusterRoleBindings.includes(binding) || isMember(binding) || isGiven(binding))
      parts.push(translate(binding, inCluster, known, false));
  for (const binding of [...source.iamRoleBindings, ...source.rolebindings]) {
    const { namespace = '' } = binding.metadata;
    const place = projectPlace(known, namespace);
    if (known.projects.has(namespace) || known.devops.has(namespace)) {
      if (binding.roleRef.kind === 'Role' || isMember(binding) || isGiven(binding))
        parts.push(translate(binding, place, known, keep));
    } else if (isMember(binding))
      parts.push({ wishes: [], refusals: [{ kind: 'rolebindings', name: nameOf(binding), why: notAProject }] });
  }
  return { wishes: once(parts.flatMap(({ wishes }) => wishes)), refusals: parts.flatMap(({ refusals }) => refusals) };
}

/** 4.x has each binding twice, its own and the native one that follows. */
function once(wishes: readonly Wish[]): Wish[] {
  const seen = new Map<string, Wish>();
  for (const wish of wishes) {
    const key = `${wish.kind}/${nameOf(wish.object)}`;
    if (!seen.has(key)) seen.set(key, wish);
  }
  return [...seen.values()];
}
