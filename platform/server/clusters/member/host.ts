/** The platform's own place, from wherever one works. */
import type { PlatformContext } from '../../context.ts';

/** Where rights to what is of the platform as a whole are decided: never in a member. */
export const hostOf = (context: PlatformContext): PlatformContext => context.host ?? context;
