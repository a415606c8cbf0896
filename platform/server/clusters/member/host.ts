/** The platform's own place, from wherever one works. */
import type { PlatformContext } from '../../context.ts';
import { isSeen } from './probe.ts';
import type { Member } from './types.ts';

/** Where rights to what is of the platform as a whole are decided: never in a member. */
export const hostOf = (context: PlatformContext): PlatformContext => context.host ?? context;

/** Whether it was there when it was looked at last. */
export const isAnswering = ({ sight }: Pick<Member, 'sight'>): boolean => sight !== undefined && isSeen(sight);
