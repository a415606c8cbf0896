/** What a run of `bench load` is asked for, and what its measurements share. */
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import type { Floor } from '../floor.ts';
import type { Generators } from '../generators.ts';
import type { Group } from './cases.ts';
import type { Figures } from '../figures.ts';
import type { Target } from './target.ts';

export interface LoadOptions extends Generators {
  readonly kubeconfig: string;
  /** The cluster to compare with. */
  readonly against?: string;
  /** Server processes, where the one that listens is not all of it. */
  readonly pids?: readonly number[];
  readonly againstPids?: readonly number[];
  readonly groups: readonly Group[];
  /** In ascending order. */
  readonly clients: readonly number[];
  readonly rounds: number;
  /** Of each measurement; whole seconds. */
  readonly seconds: number;
  /** Of a round before the first one of each case, which is thrown away: code that runs for the first time is not yet compiled. 0: none. */
  readonly warmUpSeconds: number;
  /** Pods, and as many config maps, that are there meanwhile. */
  readonly objects: number;
  readonly watchers: number;
  readonly updates: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly progress: (step: string) => void;
  readonly signal: AbortSignal;
}

/** What all measurements of a run share. */
export interface LoadRun extends Omit<
  LoadOptions,
  'kubeconfig' | 'against' | 'pids' | 'againstPids' | 'groups' | 'clients'
> {
  readonly directory: string;
  readonly targets: readonly Target[];
  /** Where the run is, before each row: `3 of 35`. */
  readonly nextRow: () => string;
  /** Absent when nobody asks how far down it goes. */
  readonly floor?: Floor;
  readonly figures: Figures;
}

export const floorName = 'floor';
