/**
 * An archive from a container, entry by entry as an archive of ours: files and folders inside what was asked for. Links, devices, and names that
 * lead elsewhere are left out; whoever unpacks it gets what he asked for and nothing beside.
 */
import { blockBytes, headOf, padOf, readHead, readPax, tail, type TarHead } from '@orrery/machinery/tar';
import { entryName } from './names.ts';

export interface Cleaner {
  /** What of the archive so far may be handed on. @throws RangeError for what is no archive, or larger than allowed. */
  take(bytes: Uint8Array): Uint8Array[];
  /** @throws RangeError when the archive broke off. */
  end(): Uint8Array[];
  /** Entries that were left out. */
  readonly skipped: number;
}

/** Names are no longer. */
const metaBytesMax = 64 * 1024;

export function createCleaner(root: string, bytesMax: number): Cleaner {
  let rest: Uint8Array = new Uint8Array();
  let left = 0;
  let padding = 0;
  let mode: 'head' | 'keep' | 'drop' | 'meta' | 'over' = 'head';
  let meta: { readonly type: string; bytes: Uint8Array } = { type: '', bytes: new Uint8Array() };
  let next: { path?: string; size?: number } = {};
  let total = 0;
  let skipped = 0;

  const begin = (head: TarHead): Uint8Array[] => {
    left = head.size;
    padding = padOf(head.size).length;
    if (head.type === 'L' || head.type === 'x') {
      if (head.size > metaBytesMax) throw new RangeError('a name in the archive is too long');
      meta = { type: head.type, bytes: new Uint8Array() };
      mode = 'meta';
      return [];
    }
    const size = next.size ?? head.size;
    const name = entryName(next.path ?? head.name, root);
    next = {};
    left = size;
    padding = padOf(size).length;
    const isKept = name !== undefined && (head.type === '0' || head.type === '5' || head.type === '7');
    if (!isKept) {
      if (head.type !== 'g') skipped++;
      mode = 'drop';
      return [];
    }
    total += size;
    if (total > bytesMax) throw new RangeError(`the files are larger than ${bytesMax} bytes`);
    mode = 'keep';
    const type = head.type === '5' ? '5' : '0';
    if (type === '5') left = 0;
    return headOf({ ...head, type, name: type === '5' ? `${name}/` : name!, size: left });
  };
  const learn = () => {
    if (meta.type === 'L') next = { ...next, path: new TextDecoder().decode(meta.bytes).replace(/\0.*$/s, '') };
    else next = { ...next, ...readPax(meta.bytes) };
    if (next.size !== undefined && !(Number.isSafeInteger(next.size) && next.size >= 0))
      throw new RangeError('an entry of the archive has no size');
  };
  const step = (): Uint8Array[] | undefined => {
    if (mode === 'over') {
      rest = new Uint8Array();
      return undefined;
    }
    if (mode === 'head') {
      if (rest.length < blockBytes) return undefined;
      const head = readHead(rest.subarray(0, blockBytes));
      rest = rest.subarray(blockBytes);
      if (!head) mode = 'over';
      return head ? begin(head) : [];
    }
    if (left > 0) {
      if (rest.length === 0) return undefined;
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      if (mode === 'meta') meta.bytes = joined(meta.bytes, piece);
      return mode === 'keep' ? [piece.slice()] : [];
    }
    if (rest.length < padding) return undefined;
    rest = rest.subarray(padding);
    const closing = mode === 'keep' && padding > 0 ? [new Uint8Array(padding)] : [];
    if (mode === 'meta') learn();
    mode = 'head';
    padding = 0;
    return closing;
  };
  return {
    take(bytes) {
      rest = joined(rest, bytes);
      const out: Uint8Array[] = [];
      for (let pieces = step(); pieces; pieces = step()) out.push(...pieces);
      return out;
    },
    end() {
      if (mode !== 'over' && !(mode === 'head' && rest.length === 0)) throw new RangeError('the archive broke off');
      return [tail()];
    },
    get skipped() {
      return skipped;
    },
  };
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length === 0) return right;
  const whole = new Uint8Array(left.length + right.length);
  whole.set(left);
  whole.set(right, left.length);
  return whole;
}
