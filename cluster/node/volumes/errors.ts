/** True for "no such file or directory". */
export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';

/** True for "file exists". */
export const isPresent = (error: unknown): boolean => (error as NodeJS.ErrnoException | undefined)?.code === 'EEXIST';

/** The sentence of an error of any kind. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
