/** What all operations of the registry share. */
import type { UserInfo } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Random } from '@orrery/machinery/random';
import type { Store } from '@orrery/store';
import type { Callout } from '../callout/callout.ts';
import type { AdmissionTimes } from '../metrics/admission.ts';
import type { AdmissionPlugin, Reader, WriteContext } from '../types.ts';
import type { FieldIndexes } from './field-index.ts';
import type { Hubs } from './hub.ts';
import type { ObjectCache } from './objects.ts';
import type { ResourceInfo } from './resource.ts';

export interface Machine {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly reads: Reader;
  readonly objects: ObjectCache;
  readonly hubs: Hubs;
  readonly indexes: FieldIndexes;
  /** How conversion webhooks are asked. */
  readonly callout: Callout;
  /** Read at each write: parts are plugged in after the registry is built. */
  admission: readonly AdmissionPlugin[];
  /** Told how long admission takes. */
  readonly admissionTimes?: AdmissionTimes;
  /** Served versions of a resource: owners of fields name the one they mean. */
  readonly resource?: (group: string, version: string, resource: string) => ResourceInfo | undefined;
}

/** Who writes, and how: what every write is given besides its object. */
export interface WriteRequest {
  readonly user: UserInfo;
  readonly userAgent: string;
  readonly dryRun: boolean;
  /** The CreateOptions, UpdateOptions, PatchOptions or DeleteOptions object that admission sees. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
  warn(text: string): void;
  annotate(key: string, value: string): void;
  /** Whether an update may create what does not exist: throws when not. Everything is allowed where it is absent. */
  authorizeCreate?(): Promise<void>;
}

/** An object after a write: with resourceVersion unless it was a dry run, in its stored version. */
export interface Written {
  readonly object: KubeObject;
  /** Stored bytes (see `record.ts`). */
  readonly value: Uint8Array;
  /** 0 for a dry run of a create. */
  readonly revision: number;
  readonly created: boolean;
  /** The stored head, where the version of the record decides how it is served. */
  readonly head?: string;
}

export const contextOf = (machine: Machine, request: WriteRequest): WriteContext => ({
  user: request.user,
  nowMs: machine.clock.now(),
  random: machine.random,
  dryRun: request.dryRun,
  reads: machine.reads,
  warn: request.warn,
});
