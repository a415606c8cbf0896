/** Sets of completion indexes and their text, e.g. `1,3-5`. */

/** Reads the text; what is malformed or not below `limit` is left out. */
export function parseIndexes(text: string | undefined, limit: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!match) continue;
    const last = Math.min(Number(match[2] ?? match[1]), limit - 1);
    for (let index = Number(match[1]); index <= last; index++) indexes.add(index);
  }
  return indexes;
}

/** Two neighbours are listed, three and more become a range, as upstream writes them. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length;) {
    let end = i;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    const separator = end - i > 1 ? '-' : ',';
    parts.push(end === i ? `${sorted[i]}` : `${sorted[i]}${separator}${sorted[end]}`);
    i = end + 1;
  }
  return parts.join(',');
}
