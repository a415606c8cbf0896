import { nothingGives } from '@orrery/platform-contract';

/** The platform's usual words for a right that nothing gives, in the words of the page; anything else stays as it was said. */
export const refusalOf = (reason: string | undefined, say: (what: string) => string): string | undefined =>
  reason?.startsWith(nothingGives) ? say(reason.slice(nothingGives.length)) : reason;
