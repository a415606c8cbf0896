/** The script and its table of differences, as they lie in files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectedOf, parseTranscript, type Expected, type Minor, type Step } from './transcript.ts';

const folder = join(import.meta.dirname, '../script');
const differencesPath = join(import.meta.dirname, '../differences-1.20.txt');

/** The version that the table of differences is for. */
export const oldMinor: Minor = 20;

export interface Chapter {
  readonly name: string;
  readonly path: string;
  readonly steps: readonly Step[];
}

const read = (path: string): Step[] => {
  try {
    return parseTranscript(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
};

/** One per file, in the order of their names. */
export const readScript = (): Chapter[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.txt'))
    .toSorted()
    .map(name => ({ name: name.replace('.txt', ''), path: join(folder, name), steps: read(join(folder, name)) }));

/** What kubectl 1.20 does differently, each with its reason. */
export const readDifferences = (): Step[] => read(differencesPath);

/** The entry for a step, if it has one. */
export const differenceOf = (differences: readonly Step[], chapter: Chapter, step: Step): Step | undefined =>
  differences.find(entry => entry.chapter === chapter.name && entry.command === step.command);

/** What this version is to print; undefined where the step is not for it. */
export function expectation(
  chapter: Chapter,
  step: Step,
  minor: Minor,
  differences: readonly Step[],
): Expected | undefined {
  const difference = minor === oldMinor ? differenceOf(differences, chapter, step) : undefined;
  return expectedOf(difference ?? step, minor);
}
