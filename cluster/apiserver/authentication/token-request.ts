/** `serviceaccounts/token`: gives out a token, bound to the object it is asked for (upstream `registry/core/serviceaccount`). */
import type { Clock } from '@orrery/machinery/clock';
import { formatTime } from '@orrery/machinery/clock';
import { invalid, invalidObject } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { badRequest, conflict, notFound } from '@orrery/machinery/status';
import type { Action, ActionContext } from '../types.ts';
import type { TokenBinding } from './service-account-claims.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

interface TokenRequest extends KubeObject {
  spec?: {
    audiences?: string[];
    expirationSeconds?: number;
    boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string } | null;
  };
  status?: { token: string; expirationTimestamp: string };
}

export interface TokenRequestOptions {
  readonly tokens: ServiceAccountTokens;
  readonly apiAudiences: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
  /** Longer wishes are shortened to this, with a warning; none unless given. */
  readonly maxExpirationSeconds?: number;
}

const core = (resource: string) => ({ group: '', resource });

async function bindingOf(
  ref: NonNullable<NonNullable<TokenRequest['spec']>['boundObjectRef']>,
  account: string,
  { reads, info }: ActionContext,
): Promise<TokenBinding> {
  const { kind = '', apiVersion = '', name = '', uid = '' } = ref;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  if (group || !['Pod', 'Secret', 'Node'].includes(kind))
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  const resource = `${kind.toLowerCase()}s`;
  const object = await reads.get(core(resource), kind === 'Node' ? '' : info.namespace, name);
  if (!object) throw notFound({ ...core(resource), name });
  const bound = { name, uid: object.metadata.uid };
  const spec = (object as KubeObject & { spec?: { serviceAccountName?: string; nodeName?: string } }).spec ?? {};
  if (kind === 'Pod' && spec.serviceAccountName !== account)
    throw badRequest(
      `cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name.`,
    );
  if (uid && uid !== object.metadata.uid)
    throw conflict(
      { group: '', resource: kind, name },
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  if (kind === 'Secret') return { secret: bound };
  if (kind === 'Node') return { node: bound };
  if (!spec.nodeName) return { pod: bound };
  const node = await reads.get(core('nodes'), '', spec.nodeName);
  return { pod: bound, node: { name: spec.nodeName, ...(node?.metadata.uid && { uid: node.metadata.uid }) } };
}

function checkExpiration(seconds: number): void {
  const field = 'spec.expirationSeconds';
  const kind = { group: 'authentication.k8s.io', kind: 'TokenRequest', name: '' };
  if (seconds < 600)
    throw invalidObject(kind, [invalid(field, seconds, 'may not specify a duration less than 10 minutes')]);
  if (seconds > 2 ** 32)
    throw invalidObject(kind, [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')]);
}

/** The create action of `/serviceaccounts/token`. */
export function tokenRequestAction({ tokens, apiAudiences, clock, maxExpirationSeconds }: TokenRequestOptions): Action {
  return async (object, context) => {
    const request = object as TokenRequest;
    const { name, namespace } = context.info;
    const given = request.metadata ?? {};
    if (given.namespace && given.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    if (given.name && given.name !== name) {
      const problem = invalid('metadata.name', given.name, 'must match the service account name if specified');
      throw invalidObject({ group: 'authentication.k8s.io', kind: 'TokenRequest', name }, [problem]);
    }
    const serviceAccount = await context.reads.get(core('serviceaccounts'), namespace, name);
    if (!serviceAccount) throw notFound({ ...core('serviceaccounts'), name });
    const spec = request.spec ?? {};
    let seconds = spec.expirationSeconds ?? 3600;
    checkExpiration(seconds);
    const binding = spec.boundObjectRef ? await bindingOf(spec.boundObjectRef, name, context) : {};
    if (maxExpirationSeconds !== undefined && seconds > maxExpirationSeconds) {
      context.warn(`requested expiration of ${seconds} seconds shortened to ${maxExpirationSeconds} seconds`);
      seconds = maxExpirationSeconds;
    }
    const nowMs = clock.now();
    const audiences = spec.audiences?.length ? spec.audiences : [...apiAudiences];
    const token = tokens.issue({
      serviceAccount,
      audiences,
      binding,
      expirationSeconds: seconds,
      nowMs,
      id: context.random.uuid(),
    });
    const answer: TokenRequest = {
      ...request,
      metadata: { ...given, name, namespace, uid: context.random.uuid(), creationTimestamp: formatTime(nowMs) },
      spec: { ...spec, audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp: formatTime(nowMs + seconds * 1000) },
    };
    return answer;
  };
}
