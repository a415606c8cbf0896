/** A set of small numbers in which a free one is found fast even when nearly all are taken. */

export class Bitmap {
  readonly size: number;
  #words: Uint32Array;
  #used = 0;

  constructor(size: number) {
    this.size = size;
    this.#words = new Uint32Array(Math.ceil(size / 32));
  }

  get used(): number {
    return this.#used;
  }

  has(index: number): boolean {
    return ((this.#words[index >>> 5]! >>> (index & 31)) & 1) === 1;
  }

  add(index: number): void {
    if (this.has(index)) return;
    this.#words[index >>> 5]! |= 1 << (index & 31);
    this.#used++;
  }

  delete(index: number): void {
    if (!this.has(index)) return;
    this.#words[index >>> 5]! &= ~(1 << (index & 31));
    this.#used--;
  }

  /** The first free number at or after `start` in [from, to), wrapping round; undefined when all are taken. */
  firstFree(from: number, to: number, start: number): number | undefined {
    return this.#scan(start, to) ?? this.#scan(from, start);
  }

  #scan(from: number, to: number): number | undefined {
    for (let index = from; index < to; index++) {
      if ((index & 31) === 0) while (index + 32 <= to && this.#words[index >>> 5] === 0xffffffff) index += 32;
      if (index < to && !this.has(index)) return index;
    }
    return undefined;
  }
}
