/** Entries whose feature is not built, each with what is missing. They are counted and printed, never silently left out. */
export const notYet: Readonly<Record<string, string>> = {};
