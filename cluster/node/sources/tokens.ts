/** Service-account tokens for pods: asked for once, renewed before they end (upstream `pkg/kubelet/token`). */
import type { Client } from '@orrery/client';
import type { Pod, ServiceAccountTokenProjection } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import type { Random } from '@orrery/machinery/random';
import { nameOf, namespaceOf, uidOf } from '../pods/pod.ts';

const serviceAccounts: GroupVersionResource = { group: '', version: 'v1', resource: 'serviceaccounts' };

interface TokenRequest extends KubeObject {
  spec: { audiences: string[]; expirationSeconds: number; boundObjectRef: object };
  status?: { token: string; expirationTimestamp: string };
}

interface Held {
  token: string;
  issuedAt: number;
  expiresAt: number;
}

export interface TokenSource {
  get(pod: Pod, projection: ServiceAccountTokenProjection): Promise<string>;
  /** When the first token of a pod should be renewed; undefined if it has none. */
  renewalOf(uid: string): number | undefined;
  forget(uid: string): void;
}

const day = 86_400_000;
const maxJitterMs = 10_000;

/** A token is renewed at 80 % of its life, or after a day. */
export const renewalTime = ({ issuedAt, expiresAt }: Omit<Held, 'token'>): number =>
  Math.min(issuedAt + 0.8 * (expiresAt - issuedAt), issuedAt + day);

export function createTokenSource(client: Client, clock: Clock, random: Random): TokenSource {
  const held = new Map<string, Map<string, Held & { renewAt: number }>>();

  const get = async (pod: Pod, projection: ServiceAccountTokenProjection): Promise<string> => {
    const { audience = '', expirationSeconds = 3600 } = projection;
    const account = pod.spec.serviceAccountName || 'default';
    const key = JSON.stringify([account, audience, expirationSeconds]);
    const ofPod = held.get(uidOf(pod)) ?? new Map<string, Held & { renewAt: number }>();
    const present = ofPod.get(key);
    if (present && clock.now() < present.renewAt) return present.token;
    try {
      const fresh = await request(client, pod, account, audience, expirationSeconds, clock.now());
      ofPod.set(key, { ...fresh, renewAt: renewalTime(fresh) - random.float() * maxJitterMs });
      held.set(uidOf(pod), ofPod);
      return fresh.token;
    } catch (error) {
      // A token that still holds is better than none.
      if (present && clock.now() < present.expiresAt) return present.token;
      throw new Error(`failed to fetch token: ${(error as Error).message}`, { cause: error });
    }
  };

  return {
    get,
    renewalOf: uid => {
      const times = [...(held.get(uid)?.values() ?? [])].map(({ renewAt }) => renewAt);
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    forget: uid => void held.delete(uid),
  };
}

async function request(
  client: Client,
  pod: Pod,
  account: string,
  audience: string,
  expirationSeconds: number,
  now: number,
): Promise<Held> {
  const body: TokenRequest = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: {
      audiences: audience === '' ? [] : [audience],
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: nameOf(pod), uid: uidOf(pod) },
    },
  };
  const options = { namespace: namespaceOf(pod), name: account, subresource: 'token' };
  const { status } = await client.create<TokenRequest>(serviceAccounts, body, options);
  if (!status) throw new Error('the server answered without a token');
  return { token: status.token, issuedAt: now, expiresAt: Date.parse(status.expirationTimestamp) };
}
