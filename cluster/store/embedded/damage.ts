/** What is said when stored bytes are not what was written. */
import { StoreOpenError } from '../types.ts';

/** The remedy when stored bytes are not what was written. */
export const restoreRemedy = 'restore the data directory from a backup, or move it away to begin anew';

export const corrupt = (path: string, offset: number, what: string): StoreOpenError =>
  new StoreOpenError(`${path} is damaged at byte ${offset} (${what}); ${restoreRemedy}`);
