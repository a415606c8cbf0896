/** Kinds whose change upstream judges by the rules for new objects first and then by those for changed ones: causes are told by both. */
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import type { MetadataRules } from './validators.ts';

type Update<T> = (object: T, old: T) => FieldError[];
type UpdateAll<T> = (object: T, old: T, metadata: MetadataRules) => FieldError[];

export const judgedTwice =
  <T extends KubeObject>(create: (object: T) => FieldError[], update: Update<T>): UpdateAll<T> =>
  (object, old, metadata) => [...metadata.asNew(), ...create(object), ...metadata.asChanged(), ...update(object, old)];

/** Where the rules for changed objects begin with those for new ones. */
export const judgedAgain =
  <T extends KubeObject>(create: (object: T) => FieldError[], more: Update<T> = () => []): UpdateAll<T> =>
  (object, old, metadata) => {
    const asNew = [...metadata.asNew(), ...create(object)];
    return [...asNew, ...asNew, ...metadata.asChanged(), ...more(object, old)];
  };
