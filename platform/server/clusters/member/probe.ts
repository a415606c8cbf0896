/** Looking at a member: which Kubernetes it is, which cluster, and whether the platform is let in. */
import { createClient, expectSuccess } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { readBody } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, orUndefined } from '@orrery/machinery/status';
import { decide } from '../../access/authorizer.ts';
import type { Wire } from './wire.ts';

export interface Seen {
  readonly version: string;
  /** Of the namespace kube-system: what a cluster is known by. */
  readonly uid: string;
}

export interface Refused {
  readonly reason: string;
  /** One sentence; nothing of what the other side said. */
  readonly message: string;
}

export type Sight = Seen | Refused;

export const isSeen = (sight: Sight): sight is Seen => 'uid' in sight;

const patienceMs = 8_000;
const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

const silent: Refused = {
  reason: 'NoAnswer',
  message: 'the server gave no usable answer, or the platform may not connect to it',
};
const refusals: Readonly<Record<number, Refused>> = {
  401: { reason: 'Unauthorized', message: 'the server does not accept the credentials of the kubeconfig' },
  403: { reason: 'Forbidden', message: 'the account of the kubeconfig may not read the namespace kube-system' },
};

/** Never rejects. */
export async function look(wire: Wire, clock: Clock): Promise<Sight> {
  const late = new AbortController();
  const alarm = clock.after(patienceMs, () => late.abort());
  const client = createClient(wire.direct);
  try {
    await Promise.race([
      wire.judge(),
      new Promise((_, reject) => late.signal.addEventListener('abort', () => reject(new Error('late')))),
    ]);
    const version = await versionOf(wire, late.signal);
    const { metadata } = await client.get<KubeObject>(resources.namespaces, 'kube-system', { signal: late.signal });
    return typeof metadata?.uid === 'string' && metadata.uid !== '' ? { version, uid: metadata.uid } : silent;
  } catch (error) {
    return (error instanceof StatusError && refusals[error.code]) || silent;
  } finally {
    alarm.cancel();
  }
}

const versionForm = /^v\d{1,3}\.\d{1,3}[\w.+-]{0,64}$/;

async function versionOf(wire: Wire, signal: AbortSignal): Promise<string> {
  const response = await createClient(wire.direct).raw('GET', '/version', { signal });
  await expectSuccess(response);
  const text = new TextDecoder().decode(await readBody(response.body, { limit: 64 * 1024, signal }));
  const { gitVersion } = JSON.parse(text) as { gitVersion?: unknown };
  if (typeof gitVersion !== 'string' || !versionForm.test(gitVersion)) throw new Error('this is no Kubernetes');
  return gitVersion;
}

/** Rights without which nothing can be brought to a cluster; `orrery platform manifest` lists all. */
const needed = [
  { verb: 'impersonate', group: '', resource: 'users' },
  { verb: 'impersonate', group: '', resource: 'groups', name: 'orrery:service' },
  { verb: 'list', group: '*', resource: '*' },
  { verb: 'create', group: '', resource: 'namespaces' },
  { verb: 'create', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
  { verb: 'escalate', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  { verb: 'bind', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
];

/** Why a cluster that was seen cannot be taken in; undefined when it can. */
export async function unfit(wire: Wire): Promise<Refused | undefined> {
  const client = createClient(wire.direct);
  if (await orUndefined(client.get(definitions, 'users.iam.kubesphere.io')))
    return { reason: 'PlatformOfItsOwn', message: 'the cluster has a platform of its own, with accounts of its own' };
  for (const access of needed)
    if (!(await decide(client, access)).allowed)
      return {
        reason: 'MissingRights',
        message: `the account of the kubeconfig may not ${access.verb} ${access.resource}: give it what \`orrery platform manifest\` lists`,
      };
  return undefined;
}
