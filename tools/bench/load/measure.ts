/** `bench load`: the same load on one cluster or two, and on an empty server, in alternation. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syncsPerSecond } from '../disk.ts';
import { startFloor, type Floor } from '../floor.ts';
import { machineText } from '../machine.ts';
import { memoryOf, sumOver } from '../processes.ts';
import type { Report } from '../report.ts';
import { casesFor, type Group } from './cases.ts';
import { writeCertificate } from './certificate.ts';
import { createFigures } from '../figures.ts';
import { fillTarget } from './fill.ts';
import { measureCase } from './repeat.ts';
import { floorName, type LoadOptions, type LoadRun } from './run.ts';
import { openTarget, type Target } from './target.ts';
import { measureWatch } from './watching.ts';

const ours = 'A';
const theirs = 'B';
const syncMs = 500;

/** @throws when a generator is missing, a step fails, or `signal` aborts; what was made in the clusters is removed then. */
export async function measureLoad(options: LoadOptions): Promise<Report> {
  if (!options.wrk || !options.h2load)
    throw new Error('load generators are missing: install the packages wrk and nghttp2-client');
  const machine = machineText();
  const targets: Target[] = [];
  const directory = await mkdtemp(join(tmpdir(), 'orrery-bench-'));
  let floor: Floor | undefined;
  try {
    for (const wish of wishes(options)) targets.push(await openTarget(wish));
    floor = await startFloor({
      ...(await writeCertificate(directory, options.clock.now())),
      body: '{}',
      clock: options.clock,
    });
    const figures = createFigures();
    const nextRow = rowCounter(options);
    await measureAll({ ...options, directory, targets, floor, figures, nextRow }, options);
    return {
      title: `Load (medians of ${options.rounds} rounds of ${options.seconds} s)`,
      machine,
      subjects: [...targets.map(({ name }) => name), floorName],
      ratios: [...(targets.length > 1 ? [[ours, theirs] as const] : []), [ours, floorName]],
      rows: figures.rows(),
      notes: notes(targets, options),
    };
  } finally {
    options.progress('removing what was made');
    await floor?.stop();
    const removed = await Promise.allSettled(targets.map(target => target.remove()));
    await rm(directory, { recursive: true, force: true });
    for (const { reason } of removed.filter(result => result.status === 'rejected'))
      options.progress(`not all was removed: ${String(reason)}`);
  }
}

function wishes({ kubeconfig, against, pids, againstPids, clock, random }: LoadOptions) {
  const run = random.uuid().slice(0, 8);
  return [
    { name: ours, kubeconfig, clock, run: `${run}-a`, ...(pids && { pids }) },
    ...(against === undefined
      ? []
      : [{ name: theirs, kubeconfig: against, clock, run: `${run}-b`, ...(againstPids && { pids: againstPids }) }]),
  ];
}

const watchRows = 2;

/** Counts the rows that take their time. */
function rowCounter({ groups, clients }: LoadOptions): () => string {
  const cases = casesFor(clients).filter(({ group }) => groups.includes(group));
  const rows = cases.reduce((sum, entry) => sum + entry.clients.length * entry.protocols.length, 0);
  const all = rows + (groups.includes('watch') ? watchRows : 0);
  let at = 0;
  return () => `${++at} of ${all}`;
}

async function measureAll(run: LoadRun, { groups, clients }: LoadOptions): Promise<void> {
  const wanted = (group: Group): boolean => groups.includes(group);
  if (wanted('memory')) noteMemory(run, 'memory (PSS) before');
  for (const target of run.targets) {
    run.progress(`${target.name}: ${run.objects} pods and as many config maps`);
    await fillTarget(run, target);
  }
  if (wanted('memory')) noteMemory(run, `memory (PSS) with ${run.objects} Pods and ${run.objects} ConfigMaps`);
  for (let round = 1; round <= run.rounds; round++)
    run.figures.add(
      'disk: write and fdatasync, one at a time',
      'perSecond',
      floorName,
      syncsPerSecond(run.directory, syncMs, run.clock),
    );
  for (const entry of casesFor(clients).filter(({ group }) => wanted(group))) await measureCase(run, entry);
  if (wanted('watch')) await measureWatch(run);
  if (wanted('memory')) noteMemory(run, 'memory (PSS) after the load');
}

function noteMemory({ targets, figures, floor }: LoadRun, what: string): void {
  for (const { name, pids } of targets) if (pids.length > 0) figures.add(what, 'bytes', name, sumOver(pids, memoryOf));
  if (floor) figures.add(what, 'bytes', floorName, memoryOf(floor.pid));
}

const notes = (targets: readonly Target[], { objects }: LoadOptions): string[] => [
  ...targets.map(({ name, about, pids }) =>
    pids.length > 0
      ? `${name}: ${about}, processes ${pids.join(', ')}`
      : `${name}: ${about}; its processes are not on this machine or not to be seen: no memory, no processor time`,
  ),
  'floor: an empty TLS server of Node.js that answers with the bytes that A answers with, and looks at nothing; for the disk a bare fdatasync',
  'HTTP/1.1 is driven by wrk, HTTP/2 by h2load with one stream on each connection, watches by a client in Node.js',
  'mixed is 14 reads of one object, 3 changes, 2 creates and 1 list of 20 pods in turn; delays count from the moment a change was sent',
  `${objects} pods and config maps are there meanwhile; what is created is deleted again after each measurement`,
  'load generators and servers share the processors; ratios are medians of the ratios of each round',
];
