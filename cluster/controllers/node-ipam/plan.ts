/** Shares of the pod address range: which network a node gets (upstream `pkg/controller/nodeipam`). */

/** An address range as numbers; IPv4 and IPv6 alike. */
export interface Range {
  readonly family: 'IPv4' | 'IPv6';
  readonly first: bigint;
  readonly bits: number;
}

const widthOf = (family: Range['family']): number => (family === 'IPv4' ? 32 : 128);

/** Throws an Error for anything that is no CIDR. Host bits are dropped. */
export function parseRange(text: string): Range {
  const [address = '', bitsText = ''] = text.split('/');
  const family = address.includes(':') ? 'IPv6' : 'IPv4';
  const bits = Number(bitsText);
  if (!/^\d{1,3}$/.test(bitsText) || bits > widthOf(family)) throw new Error(`"${text}" is not an address range`);
  const host = BigInt(widthOf(family) - bits);
  return { family, bits, first: (parseAddress(address, text) >> host) << host };
}

function parseAddress(address: string, text: string): bigint {
  const parts = address.includes(':') ? groupsOfIpv6(address) : address.split('.').map(Number);
  const [count, size] = address.includes(':') ? [8, 16] : [4, 8];
  const valid = parts.length === count && parts.every(part => Number.isInteger(part) && part >= 0 && part < 2 ** size);
  if (!valid) throw new Error(`"${text}" is not an address range`);
  return parts.reduce((value, part) => (value << BigInt(size)) | BigInt(part), 0n);
}

function groupsOfIpv6(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const read = (text: string) => (text === '' ? [] : text.split(':').map(group => parseInt(group, 16)));
  const [front, back] = [read(head), read(tail ?? '')];
  if (tail === undefined) return front;
  return [...front, ...Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0), ...back];
}

export function formatRange({ family, first, bits }: Range): string {
  if (family === 'IPv4') {
    return `${[24n, 16n, 8n, 0n].map(shift => (first >> shift) & 255n).join('.')}/${bits}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => ((first >> BigInt(112 - i * 16)) & 0xffffn).toString(16));
  // The longest run of zero groups becomes `::`.
  const runs = [...groups.join(':').matchAll(/(?<![^:])0(:0)+(?![^:])/g)].sort((a, b) => b[0].length - a[0].length);
  const text = groups.join(':');
  if (!runs[0]) return `${text}/${bits}`;
  const { index, 0: run } = runs[0];
  const before = text.slice(0, index).replace(/:$/, '');
  const after = text.slice(index + run.length).replace(/^:/, '');
  return `${before}::${after}/${bits}`;
}

const overlaps = (a: Range, b: Range): boolean => {
  if (a.family !== b.family) return false;
  const shift = BigInt(widthOf(a.family) - Math.min(a.bits, b.bits));
  return a.first >> shift === b.first >> shift;
};

/** The first network of `bits` in `whole` that meets none of the taken ones; undefined when all are taken. */
export function nextShare(whole: Range, bits: number, taken: readonly Range[]): Range | undefined {
  const step = 1n << BigInt(widthOf(whole.family) - bits);
  const end = whole.first + (1n << BigInt(widthOf(whole.family) - whole.bits));
  const used = new Set<bigint>();
  const wide: Range[] = [];
  for (const range of taken) {
    if (range.family === whole.family && range.bits === bits) used.add(range.first);
    else wide.push(range);
  }
  for (let first = whole.first; first < end; first += step) {
    const share: Range = { family: whole.family, first, bits };
    if (!used.has(first) && !wide.some(range => overlaps(range, share))) return share;
  }
  return undefined;
}

/** One share per range for a node; undefined when a range is used up. */
export function planShares(
  ranges: readonly Range[],
  maskSizes: { readonly ipv4?: number; readonly ipv6?: number },
  taken: readonly Range[],
): Range[] | undefined {
  const shares: Range[] = [];
  for (const range of ranges) {
    const bits = Math.max(range.bits, range.family === 'IPv4' ? (maskSizes.ipv4 ?? 24) : (maskSizes.ipv6 ?? 64));
    const share = nextShare(range, bits, taken);
    if (!share) return undefined;
    shares.push(share);
  }
  return shares;
}
