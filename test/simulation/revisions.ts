/** What every watcher may rely on: revisions only grow. */

const told = new WeakMap<Uint8Array, readonly number[]>();

/** The revisions of the objects in a piece of a watch; pieces are shared by watchers and read once. */
function revisionsIn(chunk: Uint8Array): readonly number[] {
  let revisions = told.get(chunk);
  if (!revisions) {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    revisions = text
      .split('\n')
      .map(line => Number(/"resourceVersion":"(\d+)"/.exec(line)?.[1] ?? NaN))
      .filter(revision => !Number.isNaN(revision));
    told.set(chunk, revisions);
  }
  return revisions;
}

/**
 * Checks the pieces of one watch as they arrive, and answers what to write of each.
 * A watch with a resource version to begin from tells only what came after it, each revision once; bookmarks may repeat the last.
 */
export function watchRevisions(name: string, violated: (what: string) => void): (chunk: Uint8Array) => string {
  const from = /[?&]resourceVersion=(\d+)/.exec(name)?.[1];
  let last = from === undefined ? undefined : Number(from);
  return chunk => {
    const revisions = revisionsIn(chunk);
    if (last === undefined) return revisions.join(' ');
    for (const revision of revisions) {
      const isBookmark = revision === last && Buffer.from(chunk).includes('"BOOKMARK"');
      if (revision <= last && !isBookmark) violated(`the watch ${name} told ${revision} after ${last}`);
      last = Math.max(last, revision);
    }
    return revisions.join(' ');
  };
}
