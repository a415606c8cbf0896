/**
 * A disk in memory that a test can cut the power of, fill up and damage. It knows what is only in the page cache: writes until
 * `sync`, names until `syncDirectory`. After a power cut any part of that may be gone, sector by sector.
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

/** Called before every operation. Returning an error code makes it fail: a write may then have happened in part. */
export type Fault = (operation: string, path: string, count: number) => string | undefined;

const sectorSize = 512;

export class SimulatedDisk implements FileSystem {
  /** Names as a reader sees them, by path. */
  #names: Names = new Map();
  #durableNames: Names = new Map();
  /** Changes of names that are not yet durable, with their directory, in order. */
  #unsyncedNames: { readonly directory: string; readonly apply: (names: Names) => void }[] = [];
  readonly #directories = new Set<string>();
  readonly #locks = new Set<string>();
  readonly #random: Random;
  /** Operations so far. */
  operations = 0;
  fault: Fault | undefined = undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The disk after the power was cut: what was synced, and any part of what was not. */
  afterPowerCut(): SimulatedDisk {
    const names = new Map(this.#durableNames);
    const survivors = Math.floor(this.#random.float() * (this.#unsyncedNames.length + 1));
    for (const { apply } of this.#unsyncedNames.slice(0, survivors)) apply(names);
    return this.#copy(names, node => this.#partly(node));
  }

  /** The disk after the process was killed: the page cache survives. */
  afterKill(): SimulatedDisk {
    return this.#copy(this.#names, node => node.current);
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

  delete(path: string): void {
    this.#names.delete(path);
    this.#durableNames.delete(path);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#step('makeDirectory', path);
    this.#directories.add(path);
  }

  async list(path: string): Promise<string[]> {
    this.#step('list', path);
    const names = [...this.#names.keys(), ...this.#directories];
    return names.filter(name => directoryOf(name) === path).map(name => name.slice(path.length + 1));
  }

  async open(path: string, mode: OpenMode): Promise<StoreFile> {
    this.#step(`open ${mode}`, path);
    if (mode === 'create') {
      const node: Node = { current: Buffer.alloc(0), durable: Buffer.alloc(0), unsynced: [] };
      this.#rename(directoryOf(path), names => names.set(path, node));
    }
    return this.#file(path, this.#node(path), mode);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step('rename', from);
    if (this.#directories.delete(from)) this.#directories.add(to);
    this.#rename(directoryOf(from), names => {
      for (const [path, node] of [...names]) {
        if (path !== from && !path.startsWith(`${from}/`)) continue;
        names.delete(path);
        names.set(to + path.slice(from.length), node);
      }
    });
  }

  async remove(path: string): Promise<void> {
    this.#step('remove', path);
    this.#node(path);
    this.#rename(directoryOf(path), names => names.delete(path));
  }

  async syncDirectory(path: string): Promise<void> {
    this.#step('syncDirectory', path);
    for (const { directory, apply } of this.#unsyncedNames) if (directory === path) apply(this.#durableNames);
    this.#unsyncedNames = this.#unsyncedNames.filter(({ directory }) => directory !== path);
  }

  async lock(path: string): Promise<{ release(): Promise<void> } | undefined> {
    this.#step('lock', path);
    if (this.#locks.has(path)) return undefined;
    this.#locks.add(path);
    return { release: async () => void this.#locks.delete(path) };
  }

  #file(path: string, node: Node, mode: OpenMode): StoreFile {
    return {
      size: async () => node.current.length,
      read: async (into, position) => {
        this.#step('read', path);
        return node.current.copy(into, 0, Math.min(position, node.current.length));
      },
      write: async (bytes, position) => {
        const copy = Buffer.from(bytes);
        // The turn of the event loop that a disk takes: transactions queue meanwhile, and the power can fail here.
        await new Promise(resolve => setImmediate(resolve));
        this.#step('write', path, () => change(node, { position, bytes: this.#prefix(copy) }));
        change(node, { position, bytes: copy });
        if (mode === 'durable') this.#step('flush', path, () => {});
        if (mode === 'durable') settle(node);
      },
      truncate: async size => {
        this.#step('truncate', path);
        change(node, { size });
      },
      sync: async () => {
        this.#step('sync', path);
        settle(node);
      },
      close: async () => {},
    };
  }

  #step(operation: string, path: string, partly?: () => void): void {
    const code = this.fault?.(operation, path, ++this.operations);
    if (code === undefined) return;
    partly?.();
    throw Object.assign(new Error(`${code}: simulated, ${operation} ${path}`), { code });
  }

  #node(path: string): Node {
    const node = this.#names.get(path);
    if (!node) throw Object.assign(new Error(`ENOENT: no such file, ${path}`), { code: 'ENOENT' });
    return node;
  }

  #rename(directory: string, apply: (names: Names) => void): void {
    apply(this.#names);
    this.#unsyncedNames.push({ directory, apply });
  }

  #prefix(bytes: Buffer): Buffer {
    return bytes.subarray(0, Math.floor(this.#random.float() * (bytes.length + 1)));
  }

  /** The durable bytes, with some sectors of what was not synced. */
  #partly(node: Node): Buffer {
    const survivor: Node = { current: Buffer.from(node.durable), durable: Buffer.alloc(0), unsynced: [] };
    for (const each of node.unsynced) {
      if ('size' in each) {
        if (this.#random.float() < 0.5) change(survivor, each);
        continue;
      }
      const { position, bytes } = each;
      for (let at = 0; at < bytes.length;) {
        const end = Math.min(bytes.length, at + sectorSize - ((position + at) % sectorSize));
        if (this.#random.float() < 0.5) change(survivor, { position: position + at, bytes: bytes.subarray(at, end) });
        at = end;
      }
    }
    return survivor.current;
  }

  #copy(names: Names, contents: (node: Node) => Buffer): SimulatedDisk {
    const copy = new SimulatedDisk(this.#random);
    for (const directory of this.#directories) copy.#directories.add(directory);
    for (const [path, node] of names) copy.put(path, contents(node));
    return copy;
  }
}

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

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
