/** The clusters beside the host, as the rest of the platform sees them. */
import type { Served } from '../../chain/served.ts';
import type { PlatformContext } from '../../context.ts';
import type { Caller } from '../../identity/caller.ts';
import type { MemberAccess } from './kubeconfig.ts';
import type { Refused, Sight } from './probe.ts';
import type { Tracked } from './tracked.ts';
import type { Wire } from './wire.ts';

export interface Member {
  readonly name: string;
  readonly access: MemberAccess;
  readonly wire: Wire;
  /** What works there works with this. */
  readonly context: PlatformContext;
  /** By route id: routes of one cluster as they are answered there, those of the platform as the host answers them. */
  readonly served: ReadonlyMap<string, Served>;
  /** What keeps the promises of the platform there. */
  readonly tracked: Tracked;
  /** The newest look at it; undefined before the first. */
  readonly sight: Sight | undefined;
  /** Looks at once. */
  look(): Promise<Sight>;
  onSight(listener: () => void): () => void;
}

export interface Members {
  find(name: string): Member | undefined;
  all(): readonly Member[];
  /** Why there is no member of this name though there is a cluster of it. */
  refusal(name: string): Refused | undefined;
  /** Rejects with 400 in KubeSphere's words for a cluster that there is not, and alike for one that he does not see. */
  seenBy(caller: Caller, name: string): Promise<Member>;
  /** Resolves when what was changed on the host holds in members too, or after a moment: one that is away holds nobody up. */
  settled(): Promise<void>;
  /** Whose controllers run here, by member. */
  run(member: Member, signal: AbortSignal): Promise<void>;
}
