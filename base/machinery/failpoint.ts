/**
 * Named places at which a test ends or stops the process (test/crash/program). A failpoint does nothing, and costs one comparison,
 * unless the process was started with one armed: `ORRERY_FAULTS` (cli/run/failpoints.ts).
 */

/** All failpoints, and the moment that each one is. */
export const failpoints = {
  'store.open.locked': 'the data directory is locked, nothing was read',
  'store.open.recovered': 'everything was read, nothing was changed',
  'store.open.tidied': 'interrupted writes and obsolete files are gone, the new segment is not there',
  'store.commit.queued': 'a transaction has a revision and is not queued for the disk',
  'store.batch.encoded': 'a batch is about to be written',
  'store.batch.written': 'a batch is on disk, nobody was told',
  'store.batch.settled': 'some transactions of a batch are readable and told, others not',
  'store.roll.begin': 'a segment is full, the next one is not in use',
  'store.roll.done': 'the next segment is in use, nothing is in it',
  'store.segment.filled': 'a new segment has its zeros, perhaps only in the page cache',
  'store.segment.synced': 'a new segment is on disk under its temporary name',
  'store.segment.named': 'a new segment has its name, perhaps only in the page cache',
  'store.snapshot.frame': 'a part of a snapshot is written',
  'store.snapshot.synced': 'a snapshot is on disk under its temporary name',
  'store.snapshot.named': 'a snapshot has its name, perhaps only in the page cache',
  'store.checkpoint.removing': 'what a snapshot replaces is about to go, file by file',
  'store.checkpoint.removed': 'what a snapshot replaced is gone, perhaps only in the page cache',
  'store.expiry.due': 'the time of a key is over, it is still there',
  'apiserver.update.checked': 'an update was admitted, nothing is stored',
  'apiserver.update.committed': 'an update is stored, the client was not answered',
  'apiserver.delete.committed': 'an object is gone, the client was not answered',
  'apiserver.hub.told': 'a change has come to the watchers, nobody was sent it',
  'apiserver.hub.flush': 'some watchers were sent a change, others not',
  'apiserver.watch.joined': 'a watch has caught up and hears what comes',
  'server.credentials': 'the certificates are on disk, no port is open',
  'server.listening': 'the port is open, nothing answers',
  'server.ready': 'the API answers, no controller runs',
  'node.started': 'a node agent listens, and has not registered',
} as const;

export type Failpoint = keyof typeof failpoints;

let armed: ((name: Failpoint) => void) | undefined;

/** Marks a place. */
export function failpoint(name: Failpoint): void {
  if (armed !== undefined) armed(name);
}

/** From now on `reached` is called at every failpoint; undefined disarms them. */
export function armFailpoints(reached: ((name: Failpoint) => void) | undefined): void {
  armed = reached;
}
