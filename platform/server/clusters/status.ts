/** What is told of a member: its conditions in KubeSphere's words, its version, its nodes and where they are. */
import { resources } from '@orrery/client/resources';
import type { Cluster } from '@orrery/platform-contract/features';
import type { PlatformContext } from '../context.ts';
import type { Refused, Seen } from './member/probe.ts';
import type { Member } from './member/types.ts';

type Status = Cluster['status'];
export type Condition = Status['conditions'][number];

const weekMs = 7 * 24 * 3_600_000;

export interface Found {
  /** Why it is not; undefined when it is. */
  readonly ready: Refused | undefined;
  readonly initialized: Refused | undefined;
  /** When the kubeconfig's certificate ends, if it has one. */
  readonly endsMs: number | undefined;
  readonly nowMs: number;
  readonly time: string;
}

const condition = (type: string, why: Refused | undefined): Condition =>
  why ? { type, status: 'False', ...why } : { type, status: 'True' };

/** Times change with what they are of. Pure. */
export function conditionsOf(
  { ready, initialized, endsMs, nowMs, time }: Found,
  before: readonly Condition[] = [],
): Condition[] {
  const ends = endsMs !== undefined && endsMs - nowMs < weekMs;
  const expiry: Condition = ends
    ? {
        type: 'KubeConfigCertExpiresInSevenDays',
        status: 'True',
        reason: 'CertificateEnds',
        message: `the certificate of the kubeconfig ends at ${new Date(endsMs).toISOString().slice(0, 19)}Z`,
      }
    : { type: 'KubeConfigCertExpiresInSevenDays', status: 'False' };
  const was = (type: string) => before.find(known => known.type === type);
  // What was brought stays while a cluster is away.
  const brought = ready && !initialized ? was('Initialized') : undefined;
  const all = [brought ?? condition('Initialized', initialized ?? ready), condition('Ready', ready), expiry];
  return all.map(now => {
    const known = was(now.type);
    const isSame =
      known?.status === now.status &&
      (known.reason ?? '') === (now.reason ?? '') &&
      (known.message ?? '') === (now.message ?? '');
    if (known && isSame) return known;
    const lastTransitionTime = known?.status === now.status ? (known.lastTransitionTime ?? time) : time;
    return { ...now, lastUpdateTime: time, lastTransitionTime };
  });
}

/** As far as its caches have heard. */
export function factsOf({ context }: Member, seen: Seen, { settings }: PlatformContext): Partial<Status> {
  const nodes = context.informers.of(resources.nodes);
  const all = nodes.list();
  const of = (label: string) =>
    [...new Set(all.map(({ metadata }) => metadata.labels?.[label]).filter(value => value !== undefined))].toSorted();
  const [region] = of('topology.kubernetes.io/region');
  const zones = of('topology.kubernetes.io/zone');
  return {
    uid: seen.uid,
    kubernetesVersion: seen.version,
    kubeSphereVersion: settings.version,
    ...(nodes.hasSynced() && { nodeCount: all.length, ...(region && { region }), ...(zones.length > 0 && { zones }) }),
  };
}
