/** Images of a simulated runtime: each is here from the first time somebody asks for it, until it is removed. */
import { fnv1a } from '../../pods/identity.ts';
import type { Image } from '../types.ts';

export class SimulatedImages {
  readonly #images = new Map<string, Image>();
  readonly #removed = new Set<string>();

  list(): Image[] {
    return [...this.#images.values()];
  }

  find(name: string): Image | undefined {
    return this.#removed.has(name) ? undefined : this.#named(name);
  }

  /** Answers the id. */
  pull(name: string): string {
    this.#removed.delete(name);
    return this.#named(name).id;
  }

  remove(name: string): void {
    const image = this.#named(name);
    for (const known of [image.id, ...image.repoTags]) {
      this.#images.delete(known);
      this.#removed.add(known);
    }
  }

  /** The id is made from the name. */
  #named(name: string): Image {
    for (const image of this.#images.values()) if (image.id === name || image.repoTags.includes(name)) return image;
    const digits = Array.from({ length: 8 }, (_, part) => fnv1a(`${part} ${name}`).padStart(8, '0'));
    const id = name.startsWith('sha256:') ? name : `sha256:${digits.join('')}`;
    const repoTags = name === id ? [] : [name];
    const image: Image = { id, repoTags, repoDigests: [], size: 1_000_000, uid: 1000, pinned: false };
    this.#images.set(id, image);
    return image;
  }
}
