/**
 * Conversions by a webhook inside of work that cannot wait: the work is interrupted where an object is not there yet, and done again when
 * it is. What was converted is kept until the work is done.
 */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Converter } from './resource.ts';

/** Interrupts the work until somebody answered. */
class Pending {
  readonly answered: Promise<void>;
  constructor(answered: Promise<void>) {
    this.answered = answered;
  }
}

export class ConvertedObjects {
  readonly #known = new Map<string, KubeObject>();

  /** An object of `version` as the converter's own. Only inside of {@link withConverted}. */
  by(converter: Converter, own: string, object: KubeObject, version: string): KubeObject {
    const key = `${own} ${version} ${JSON.stringify(object)}`;
    const known = this.#known.get(key);
    if (known) return known;
    throw new Pending(converter.from(object, version).then(converted => void this.#known.set(key, converted)));
  }
}

/** Does `work`, as often as it takes. It must change nothing before it is done. @throws what conversions throw */
export async function withConverted<T>(work: (converted: ConvertedObjects) => T): Promise<T> {
  const converted = new ConvertedObjects();
  for (;;)
    try {
      return work(converted);
    } catch (error) {
      if (!(error instanceof Pending)) throw error;
      await error.answered;
    }
}
