/**
 * Two clusters as one: what the platform keeps of itself - accounts, workspaces, roles - is read from the host, all else is the member's. From here nothing
 * of the host is ever written: who rules a member rules nothing else.
 */
import type { Handler } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { groups, kinds } from '@orrery/platform-kinds';
import type { Informer, InformerFactory } from '@orrery/reconciler';

/** The platform's kinds whose objects are of the cluster that they are in: the workspaces that are open there, its roles, its members. */
const ofMembers: ReadonlySet<string> = new Set([
  `workspaces.${groups.tenant}`,
  ...['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map(plural => `${plural}.${groups.iam}`),
  `namespacenetworkpolicies.${groups.network}`,
]);

const ofHost: ReadonlySet<string> = new Set(
  kinds.map(({ plural, group }) => `${plural}.${group}`).filter(name => !ofMembers.has(name)),
);

/** Whether a kind of the platform's is brought to members. */
export const isMemberKind = ({ plural, group }: { readonly plural: string; readonly group: string }): boolean =>
  ofMembers.has(`${plural}.${group}`);

const isHostKind = ({ group, resource }: Pick<GroupVersionResource, 'group' | 'resource'>): boolean =>
  ofHost.has(`${resource}.${group}`);

/** `/apis/{group}/{version}/[namespaces/{namespace}/]{resource}/...`. */
function isOfHost(target: string): boolean {
  const [, first, group = '', , ...rest] = target.split('?')[0]!.split('/');
  if (first !== 'apis') return false;
  const plural = rest[0] === 'namespaces' && rest.length > 2 ? rest[2] : rest[0];
  return isHostKind({ group, resource: plural ?? '' });
}

/** For requests that this process makes itself, whose paths it wrote: what users ask of a cluster goes to that cluster whole. */
export const splitting =
  (host: Handler, member: Handler): Handler =>
  async request => {
    if (!isOfHost(request.target)) return member(request);
    if (request.method !== 'GET')
      throw new StatusError(403, 'Forbidden', 'what is of the platform itself is not changed from one of its clusters');
    return host(request);
  };

/** Listeners at caches of the host leave when `signal` aborts. */
export function splitInformers(host: InformerFactory, member: InformerFactory, signal: AbortSignal): InformerFactory {
  const known = new Map<Informer, Informer>();
  const leaving = <T extends KubeObject>(informer: Informer<T>): Informer<T> => {
    let made = known.get(informer as unknown as Informer) as Informer<T> | undefined;
    if (made) return made;
    const until = (leave: () => void) => {
      signal.addEventListener('abort', leave, { once: true });
      return () => {
        signal.removeEventListener('abort', leave);
        leave();
      };
    };
    made = {
      ...informer,
      onChange: handler => until(informer.onChange(handler)),
      onNext: handler => until(informer.onNext(handler)),
    };
    known.set(informer as unknown as Informer, made as unknown as Informer);
    return made;
  };
  return {
    of: <T extends KubeObject>(resource: GroupVersionResource, filter?: Parameters<InformerFactory['of']>[1]) =>
      isHostKind(resource) ? leaving(host.of<T>(resource, filter)) : member.of<T>(resource, filter),
    metadata: resource => (isHostKind(resource) ? leaving(host.metadata(resource)) : member.metadata(resource)),
    running: resource => (isHostKind(resource) ? host.running(resource) : member.running(resource)),
    synced: () => member.synced(),
  };
}
