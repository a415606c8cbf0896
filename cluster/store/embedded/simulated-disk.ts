/**
 * A disk in memory that a test can cut the power of, fill up and damage. It knows what is only in the page cache: writes until
 * `sync`, names until `syncDirectory`. After a power cut any part of that may be gone, in any order, sector by sector.
 */
import type { Random } from '@orrery/machinery/random';
import type { FileSystem, OpenMode, StoreFile } from './files.ts';

/** A write, or a change of size, that is not yet durable. */
type Unsynced = { readonly position: number; readonly bytes: Uint8Array } | { readonly size: number };

interface Node {
  /** What a reader sees. */
  current: Buffer;
  /** What is on the platter. */
  durable: Buffer;
  unsynced: Unsynced[];
}

type Names = Map<string, Node>;

/** A change of names. A name that is not there is neither moved nor removed. */
type Naming =
  | { readonly type: 'create'; readonly path: string; readonly node: Node }
  | { readonly type: 'move'; readonly from: string; readonly to: string }
  | { readonly type: 'remove'; readonly path: string };

interface UnsyncedName {
  readonly directory: string;
  readonly naming: Naming;
}

/**
 * Called before every operation. Returning an error code makes it fail: a write may then have happened in part, and what a failed
 * sync was to make durable may stay in the page cache only, for ever. Returning {@link stopped} ends the machine in this operation.
 */
export type Fault = (operation: string, path: string, count: number) => string | undefined;

/** The process or the machine ends here: this operation and all later ones are never answered. */
export const stopped = 'stopped';

const sectorSize = 512;
const forever = new Promise<never>(() => {});

export class SimulatedDisk implements FileSystem {
  /** Names as a reader sees them, by path. */
  #names: Names = new Map();
  #durableNames: Names = new Map();
  /** Changes of names that are not yet durable, with their directory, in order. */
  #unsyncedNames: UnsyncedName[] = [];
  readonly #directories = new Set<string>();
  readonly #locks = new Set<string>();
  readonly #random: Random;
  readonly #end = Promise.withResolvers<void>();
  #ended = false;
  /** Operations so far. */
  operations = 0;
  fault: Fault | undefined = undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Resolves when a fault has {@link stopped} the machine. */
  get end(): Promise<void> {
    return this.#end.promise;
  }

  /** The disk after the power was cut: what was synced, and any part of what was not. */
  afterPowerCut(): SimulatedDisk {
    const names = new Map(this.#durableNames);
    for (const { naming } of this.#survivingNames()) rename(names, naming);
    const copy = this.#successor();
    for (const [path, node] of names) copy.put(path, this.#partly(node));
    return copy;
  }

  /** The disk after the process was killed: the page cache survives, as cache. */
  afterKill(): SimulatedDisk {
    const copy = this.#successor();
    const copies = new Map<Node, Node>();
    const copyOf = (node: Node): Node => {
      const known = copies.get(node);
      if (known) return known;
      const { current, durable, unsynced } = node;
      const made = { current: Buffer.from(current), durable: Buffer.from(durable), unsynced: [...unsynced] };
      copies.set(node, made);
      return made;
    };
    for (const [path, node] of this.#names) copy.#names.set(path, copyOf(node));
    for (const [path, node] of this.#durableNames) copy.#durableNames.set(path, copyOf(node));
    copy.#unsyncedNames = this.#unsyncedNames.map(({ directory, naming }) => ({
      directory,
      naming: naming.type === 'create' ? { ...naming, node: copyOf(naming.node) } : naming,
    }));
    return copy;
  }

  /** The files that a reader sees. */
  paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  contents(path: string): Buffer {
    return Buffer.from(this.#node(path).current);
  }

  /** Replaces a file's bytes behind the back of the store. */
  put(path: string, bytes: Uint8Array): void {
    this.#directories.add(directoryOf(path));
    const node: Node = { current: Buffer.from(bytes), durable: Buffer.from(bytes), unsynced: [] };
    this.#names.set(path, node);
    this.#durableNames.set(path, node);
  }

  /** Changes one bit of a file, behind the back of the store. */
  flip(path: string, offset: number, bit: number): void {
    const { current, durable } = this.#node(path);
    for (const bytes of [current, durable]) if (offset < bytes.length) bytes[offset]! ^= 1 << bit;
  }

  delete(path: string): void {
    this.#names.delete(path);
    this.#durableNames.delete(path);
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#step('makeDirectory', path);
    this.#directories.add(path);
  }

  async list(path: string): Promise<string[]> {
    await this.#step('list', path);
    const names = [...this.#names.keys(), ...this.#directories];
    return names.filter(name => directoryOf(name) === path).map(name => name.slice(path.length + 1));
  }

  async open(path: string, mode: OpenMode): Promise<StoreFile> {
    await this.#step(`open ${mode}`, path);
    const there = this.#names.get(path);
    if (mode === 'create' && there) change(there, { size: 0 });
    if (mode === 'create' && !there) {
      const node: Node = { current: Buffer.alloc(0), durable: Buffer.alloc(0), unsynced: [] };
      this.#rename(directoryOf(path), { type: 'create', path, node });
    }
    return this.#file(path, this.#node(path), mode);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step('rename', from);
    if (this.#directories.delete(from)) this.#directories.add(to);
    this.#rename(directoryOf(from), { type: 'move', from, to });
  }

  async remove(path: string): Promise<void> {
    await this.#step('remove', path);
    this.#node(path);
    this.#rename(directoryOf(path), { type: 'remove', path });
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#step('syncDirectory', path);
    for (const { directory, naming } of this.#unsyncedNames) if (directory === path) rename(this.#durableNames, naming);
    this.#unsyncedNames = this.#unsyncedNames.filter(({ directory }) => directory !== path);
  }

  async lock(path: string): Promise<{ release(): Promise<void> } | undefined> {
    await this.#step('lock', path);
    if (this.#locks.has(path)) return undefined;
    this.#locks.add(path);
    return { release: async () => void this.#locks.delete(path) };
  }

  #file(path: string, node: Node, mode: OpenMode): StoreFile {
    return {
      size: async () => {
        await this.#step('size', path);
        return node.current.length;
      },
      read: async (into, position) => {
        await this.#step('read', path);
        return node.current.copy(into, 0, Math.min(position, node.current.length));
      },
      write: async (bytes, position) => {
        const copy = Buffer.from(bytes);
        // The turn of the event loop that a disk takes: transactions queue meanwhile, and the power can fail here.
        await new Promise(resolve => setImmediate(resolve));
        await this.#step('write', path, () => change(node, { position, bytes: this.#prefix(copy) }));
        change(node, { position, bytes: copy });
        if (mode !== 'durable') return;
        await this.#step('flush', path, code => this.#forget(node, code));
        settle(node);
      },
      truncate: async size => {
        await this.#step('truncate', path);
        change(node, { size });
      },
      sync: async () => {
        await this.#step('sync', path, code => this.#forget(node, code));
        settle(node);
      },
      close: () => this.#step('close', path),
    };
  }

  async #step(operation: string, path: string, partly?: (code: string) => void): Promise<void> {
    if (this.#ended) return forever;
    const code = this.fault?.(operation, path, ++this.operations);
    if (code === undefined) return;
    partly?.(code);
    if (code !== stopped) throw Object.assign(new Error(`${code}: simulated, ${operation} ${path}`), { code });
    this.#ended = true;
    this.#end.resolve();
    return forever;
  }

  #node(path: string): Node {
    const node = this.#names.get(path);
    if (!node) throw Object.assign(new Error(`ENOENT: no such file, ${path}`), { code: 'ENOENT' });
    return node;
  }

  #rename(directory: string, naming: Naming): void {
    rename(this.#names, naming);
    this.#unsyncedNames.push({ directory, naming });
  }

  #prefix(bytes: Buffer): Buffer {
    return bytes.subarray(0, Math.floor(this.#random.float() * (bytes.length + 1)));
  }

  /** After a failed sync the kernel may count its pages as clean: readers see them, and they never reach the platter. */
  #forget(node: Node, code: string): void {
    if (code === stopped) return;
    for (const each of node.unsynced) if (this.#random.float() < 0.3) node.durable = applied(node.durable, each);
    if (this.#random.float() < 0.5) node.unsynced = node.unsynced.filter(each => 'size' in each);
  }

  /** Names reach the platter in order, as a journal has them, or in none. */
  #survivingNames(): UnsyncedName[] {
    const names = this.#unsyncedNames;
    if (this.#random.float() < 0.5) return names.filter(() => this.#random.float() < 0.5);
    return names.slice(0, Math.floor(this.#random.float() * (names.length + 1)));
  }

  /** The durable bytes, with some sectors of what was not synced; the last of them may be cut within. */
  #partly(node: Node): Buffer {
    const survivor: Node = { current: Buffer.from(node.durable), durable: Buffer.alloc(0), unsynced: [] };
    for (const each of node.unsynced) {
      if ('size' in each) {
        if (this.#random.float() < 0.5) change(survivor, each);
        continue;
      }
      const { position } = each;
      const cut = this.#random.float() < 0.3;
      const bytes = cut ? this.#prefix(Buffer.from(each.bytes)) : each.bytes;
      const chance = cut ? 1 : this.#random.float();
      for (let at = 0; at < bytes.length;) {
        const end = Math.min(bytes.length, at + sectorSize - ((position + at) % sectorSize));
        if (this.#random.float() < chance)
          change(survivor, { position: position + at, bytes: bytes.subarray(at, end) });
        at = end;
      }
    }
    return survivor.current;
  }

  #successor(): SimulatedDisk {
    const copy = new SimulatedDisk(this.#random);
    for (const directory of this.#directories) copy.#directories.add(directory);
    return copy;
  }
}

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

function rename(names: Names, naming: Naming): void {
  if (naming.type === 'create') names.set(naming.path, naming.node);
  if (naming.type === 'remove') names.delete(naming.path);
  if (naming.type !== 'move') return;
  const { from, to } = naming;
  for (const [path, node] of [...names]) {
    if (path !== from && !path.startsWith(`${from}/`)) continue;
    names.delete(path);
    names.set(to + path.slice(from.length), node);
  }
}

function change(node: Node, unsynced: Unsynced): void {
  node.current = applied(node.current, unsynced);
  node.unsynced.push(unsynced);
}

function settle(node: Node): void {
  for (const each of node.unsynced) node.durable = applied(node.durable, each);
  node.unsynced = [];
}

function applied(content: Buffer, unsynced: Unsynced): Buffer {
  if ('size' in unsynced) return Buffer.concat([content], unsynced.size);
  const end = unsynced.position + unsynced.bytes.length;
  const grown = end > content.length ? Buffer.concat([content], end) : content;
  grown.set(unsynced.bytes, unsynced.position);
  return grown;
}
