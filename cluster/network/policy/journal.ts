/**
 * The rules of a node as a value that changes: sets of addresses with their elements, chains with their rules, and what differs since
 * it was last asked. A change costs what it touches, however much else there is.
 */
import type { BlockPeer, PortRange, Side } from './compile.ts';

/** `verdicts` maps an address to a chain; the others have empty values. */
export type SetType = 'addresses' | 'pairs' | 'ports' | 'verdicts';

/** All given conditions must hold. */
export interface Match {
  /** Those at the other end: in a set, in a block, or beyond this node and shown to pods as this node. Undefined for everybody. */
  readonly peer?: { readonly set: string } | { readonly block: BlockPeer } | 'relayed';
  /** Ports of the receiving end, by number or as a set of addresses with ports. Undefined for all, and for what has none. */
  readonly ports?: { readonly ranges: readonly PortRange[] } | { readonly set: string };
}

export type Rule = { readonly jump: string } | { readonly allow: Match } | 'drop';

export interface Chain {
  readonly side: Side;
  readonly rules: readonly Rule[];
}

export interface Changes {
  readonly newSets: readonly (readonly [name: string, type: SetType])[];
  readonly goneSets: readonly string[];
  /** By set; what has another value is in both. */
  readonly elements: ReadonlyMap<string, { readonly gone: readonly string[]; readonly added: readonly string[][] }>;
  readonly newChains: ReadonlyMap<string, Chain>;
  readonly changedChains: ReadonlyMap<string, Chain>;
  readonly goneChains: readonly string[];
}

interface NamedSet {
  readonly type: SetType;
  readonly elements: Map<string, string>;
}

/** Those that are always there. */
export const fixedSets = {
  'ingress-pods': 'verdicts',
  'egress-pods': 'verdicts',
  selves: 'pairs',
  names: 'ports',
} as const satisfies Record<string, SetType>;

const isFixed = (name: string): boolean => Object.hasOwn(fixedSets, name);

export class Journal {
  readonly sets = new Map<string, NamedSet>();
  readonly chains = new Map<string, Chain>();
  /** What was there when it was last asked, of all that was touched since. */
  #chainsBefore = new Map<string, Chain | undefined>();
  #setsBefore = new Map<string, boolean>();
  #elementsBefore = new Map<string, Map<string, string | undefined>>();

  constructor() {
    for (const [name, type] of Object.entries(fixedSets)) this.sets.set(name, { type, elements: new Map() });
  }

  addSet(name: string, type: SetType): void {
    if (!this.#setsBefore.has(name)) this.#setsBefore.set(name, false);
    this.sets.set(name, { type, elements: new Map() });
  }

  dropSet(name: string): void {
    for (const key of this.sets.get(name)!.elements.keys()) this.remove(name, key);
    if (!this.#setsBefore.has(name)) this.#setsBefore.set(name, true);
    this.sets.delete(name);
  }

  put(name: string, key: string, value = ''): void {
    const { elements } = this.sets.get(name)!;
    if (elements.get(key) === value) return;
    this.#touch(name, key);
    elements.set(key, value);
  }

  remove(name: string, key: string): void {
    const { elements } = this.sets.get(name)!;
    if (!elements.has(key)) return;
    this.#touch(name, key);
    elements.delete(key);
  }

  #touch(name: string, key: string): void {
    let before = this.#elementsBefore.get(name);
    if (!before) this.#elementsBefore.set(name, (before = new Map()));
    if (!before.has(key)) before.set(key, this.sets.get(name)!.elements.get(key));
  }

  setChain(name: string, chain: Chain | undefined): void {
    if (!this.#chainsBefore.has(name)) this.#chainsBefore.set(name, this.chains.get(name));
    if (chain) this.chains.set(name, chain);
    else this.chains.delete(name);
  }

  /** What differs since the last call of this or of {@link everything}. */
  changes(): Changes {
    const existed = (name: string) => this.#setsBefore.get(name) ?? this.sets.has(name);
    const chains = [...this.#chainsBefore];
    const now = (name: string) => this.chains.get(name);
    const found: Changes = {
      newSets: [...this.#setsBefore.keys()].flatMap(name =>
        !existed(name) && this.sets.has(name) ? [[name, this.sets.get(name)!.type] as const] : [],
      ),
      goneSets: [...this.#setsBefore.keys()].filter(name => existed(name) && !this.sets.has(name)),
      elements: new Map(
        [...this.#elementsBefore].flatMap(([name, before]) => {
          const difference = this.#difference(name, before, existed(name));
          return difference ? [[name, difference] as const] : [];
        }),
      ),
      newChains: new Map(chains.flatMap(([name, before]) => (!before && now(name) ? [[name, now(name)!]] : []))),
      changedChains: new Map(
        chains.flatMap(([name, before]) =>
          before && now(name) && JSON.stringify(before) !== JSON.stringify(now(name)) ? [[name, now(name)!]] : [],
        ),
      ),
      goneChains: chains.flatMap(([name, before]) => (before && !now(name) ? [name] : [])),
    };
    this.#forget();
    return found;
  }

  #difference(name: string, before: ReadonlyMap<string, string | undefined>, existed: boolean) {
    const set = this.sets.get(name);
    if (!set) return undefined;
    const touched = [...before].filter(([key, value]) => set.elements.get(key) !== value);
    const gone = existed ? touched.filter(([, value]) => value !== undefined).map(([key]) => key) : [];
    const added = touched.flatMap(([key]) => {
      const value = set.elements.get(key);
      return value === undefined ? [] : [[key, value]];
    });
    return gone.length + added.length > 0 ? { gone, added } : undefined;
  }

  /** All of it, as the difference from tables with nothing but the fixed sets. */
  everything(): Changes {
    this.#forget();
    return {
      newSets: [...this.sets].flatMap(([name, { type }]) => (isFixed(name) ? [] : [[name, type] as const])),
      goneSets: [],
      elements: new Map(
        [...this.sets].flatMap(([name, { elements }]) =>
          elements.size > 0 ? [[name, { gone: [], added: [...elements].map(pair => [...pair]) }] as const] : [],
        ),
      ),
      newChains: new Map(this.chains),
      changedChains: new Map(),
      goneChains: [],
    };
  }

  #forget(): void {
    this.#chainsBefore = new Map();
    this.#setsBefore = new Map();
    this.#elementsBefore = new Map();
  }
}
