/** Which projects a user may see things in: bindings name the candidates, the cluster's authorizer decides. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Subject } from '@orrery/platform-kinds';
import type { Informer } from '@orrery/reconciler';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { allowedOf, decide } from './authorizer.ts';

export interface NativeBinding extends KubeObject {
  roleRef: { apiGroup: string; kind: string; name: string };
  subjects?: Subject[];
}

const bySubject = 'subject';

/** RoleBindings of all projects, by the users and groups they name. */
export function projectBindings(context: Pick<PlatformContext, 'informers'>): Informer<NativeBinding> {
  return context.informers.of<NativeBinding>(resources.rolebindings);
}

export function indexSubjects(bindings: Informer<NativeBinding>): void {
  bindings.addIndex(bySubject, ({ subjects = [] }) => subjects.map(({ kind, name }) => `${kind}/${name}`));
}

/** `everywhere`, or the namespaces in which the user may `verb` this resource. */
export async function visibleNamespaces(
  context: PlatformContext,
  caller: Caller,
  verb: string,
  what: { group: string; resource: string },
): Promise<'everywhere' | ReadonlySet<string>> {
  const client = context.clientOf(caller);
  if ((await decide(client, { verb, ...what })).allowed) return 'everywhere';
  const bindings = projectBindings(context);
  await bindings.synced;
  const subjects = [
    `User/${caller.name}`,
    ...caller.groups.map(group => `Group/${group}`),
    'Group/system:authenticated',
  ];
  const candidates = new Set(
    subjects.flatMap(subject => bindings.byIndex(bySubject, subject)).map(({ metadata }) => metadata.namespace!),
  );
  return new Set(await allowedOf(client, [...candidates], namespace => ({ verb, ...what, namespace })));
}

/** RoleBindings, in any project, whose subject this is. */
export const bindingsNaming = (
  context: Pick<PlatformContext, 'informers'>,
  { kind, name }: Pick<Subject, 'kind' | 'name'>,
): NativeBinding[] => projectBindings(context).byIndex(bySubject, `${kind}/${name}`);
