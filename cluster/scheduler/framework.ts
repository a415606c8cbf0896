/**
 * The scheduling framework: what a plug-in may decide, and on what (kube-scheduler `framework`). A plug-in is one file that states
 * its name, its reasons, and the changes that could change its mind. All of it is pure.
 */
import type { Pod } from '@orrery/kinds/types';
import type { LabelSelector } from '@orrery/machinery/selector';
import type { NodeInfo } from './node-info.ts';

/** Why a node cannot take a pod. */
export interface Rejection {
  readonly plugin: string;
  /** Upstream's words, as they appear in the event. */
  readonly reasons: readonly string[];
  /** Removing other pods would not help either. */
  readonly unresolvable: boolean;
}

/** A change in the cluster that could make a rejected pod fit. */
export type ClusterEvent = 'node' | 'pod-added' | 'pod-changed' | 'pod-removed';

/** What one scheduling cycle sees. */
export interface Snapshot {
  readonly nodes: readonly NodeInfo[];
  /** Labels of a namespace, for selectors over namespaces. */
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>>;
  /** What selects the pods that belong with this one by their services and owner; undefined when it belongs to no group. */
  readonly groupOf: (pod: Pod) => LabelSelector | undefined;
  /** Pods that room was made for on a node and that this one may not take it from. */
  readonly expected?: (pod: Pod, node: string) => readonly Pod[];
}

export interface Plugin {
  readonly name: string;
  readonly wakes: readonly ClusterEvent[];
  /**
   * Looks at the pod and the whole cluster once per cycle and returns the filter for single nodes. Undefined: nothing to filter.
   */
  filter?(pod: Pod, snapshot: Snapshot): ((node: NodeInfo) => Omit<Rejection, 'plugin'> | undefined) | undefined;
  /** Returns raw scores for the nodes that passed; `normalize` brings them to 0..100. Undefined: no opinion. */
  score?(pod: Pod, snapshot: Snapshot, nodes: readonly NodeInfo[]): readonly number[] | undefined;
  readonly normalize?: (scores: readonly number[]) => readonly number[];
  /** Weight of the score in the default profile. */
  readonly weight?: number;
}

export const nodeScoreMax = 100;

/** Upstream's `DefaultNormalizeScore`: the largest becomes 100, or 0 when `reverse`. */
export function normalizeByMax(scores: readonly number[], reverse = false): readonly number[] {
  const max = Math.max(0, ...scores);
  if (max === 0) return scores.map(() => (reverse ? nodeScoreMax : 0));
  return scores.map(score => {
    const scaled = Math.floor((nodeScoreMax * score) / max);
    return reverse ? nodeScoreMax - scaled : scaled;
  });
}

/** Spreads scores over 0..100 between their least and greatest. */
export function normalizeByRange(scores: readonly number[], reverse = false): readonly number[] {
  const max = Math.max(...scores);
  const min = Math.min(...scores);
  if (max === min) return scores.map(() => (reverse ? nodeScoreMax : 0));
  return scores.map(score => Math.floor((nodeScoreMax * (reverse ? max - score : score - min)) / (max - min)));
}
