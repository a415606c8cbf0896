/** One case, again and again: A, B, floor, A, B, floor, so that a busy moment of the machine meets all of them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBody } from '@orrery/http';
import type { Floor } from '../floor.ts';
import { createPace, h2load, wrk, type Outcome, type Pace, type Protocol } from '../generators.ts';
import { processorMsOf, sumOver } from '../processes.ts';
import type { Case } from './cases.ts';
import { namedObjects } from './fill.ts';
import { floorName, type LoadRun } from './run.ts';
import { luaScript, type Call } from './scripts.ts';
import type { Target } from './target.ts';

/** Of each operation. */
export const serverTime = 'server processor time';

/** Something that is loaded. */
interface Subject {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly calls: readonly Call[];
  readonly pids: readonly number[];
  /** Takes away what a measurement made. */
  readonly clean: () => Promise<void>;
}

export async function measureCase(run: LoadRun, entry: Case): Promise<void> {
  const subjects = await subjectsOf(run, entry);
  const pace = createPace();
  for (const protocol of entry.protocols) {
    for (const clients of entry.clients) {
      const what = `${entry.what}, ${clients} client${clients > 1 ? 's' : ''}, ${protocol}`;
      const at = run.nextRow();
      // The same code serves more clients.
      const isFirst = clients === entry.clients[0];
      for (let round = isFirst && run.warmUpSeconds > 0 ? 0 : 1; round <= run.rounds; round++) {
        run.progress(`${at}: ${what}: ${round === 0 ? 'warming up' : `round ${round} of ${run.rounds}`}`);
        for (const subject of subjects) {
          run.signal.throwIfAborted();
          const seconds = round === 0 ? run.warmUpSeconds : run.seconds;
          const before = sumOver(subject.pids, processorMsOf);
          const outcome = await drive(run, subject, protocol, clients, seconds, pace);
          const processorMs = sumOver(subject.pids, processorMsOf) - before;
          await subject.clean();
          if (round > 0) note(run, what, subject, outcome, processorMs);
        }
      }
    }
  }
}

function note(run: LoadRun, what: string, { name, pids }: Subject, outcome: Outcome, processorMs: number): void {
  const { figures } = run;
  figures.add(what, 'perSecond', name, outcome.perSecond);
  if (outcome.p50Ms !== undefined) figures.add(what, 'ms', name, outcome.p50Ms, 'p50');
  if (outcome.p99Ms !== undefined) figures.add(what, 'ms', name, outcome.p99Ms, 'p99');
  if (pids.length > 0) figures.add(what, 'us', name, (processorMs * 1000) / outcome.requests, serverTime);
}

async function subjectsOf(run: LoadRun, entry: Case): Promise<Subject[]> {
  const callsOf = ({ kept, churned }: Target): readonly Call[] => entry.calls({ kept, churned, objects: run.objects });
  const loaded = run.targets.map(target => ({
    ...target,
    calls: callsOf(target),
    clean: async () => {
      if (entry.creates) await target.clear(entry.creates);
    },
  }));
  return run.floor ? [...loaded, await loadedFloor(run.floor, run.targets[0]!, loaded[0]!)] : loaded;
}

/** The empty server, ready to answer what `target` answers. */
async function loadedFloor({ port, pid, answer }: Floor, target: Target, { calls, token }: Subject): Promise<Subject> {
  const { status, body } = await answerTo(target, calls[0]!);
  await answer(status, body);
  return { name: floorName, url: `https://127.0.0.1:${port}`, token, calls, pids: [pid], clean: async () => {} };
}

/** What the floor will answer with. */
async function answerTo({ client }: Target, { method, path, body, contentType }: Call) {
  const filled = (text: string): string => text.replaceAll('{n}', '0').replaceAll('{k}', '0');
  const response = await client.raw(method, filled(path), {
    headers: { 'content-type': contentType ?? 'application/json' },
    ...(body !== undefined && { body: Buffer.from(filled(body)) }),
  });
  const bytes = await readBody(response.body);
  if (response.status >= 300)
    throw new Error(`${method} ${filled(path)} is answered with ${response.status}: ${Buffer.from(bytes).toString()}`);
  return { status: response.status, body: bytes };
}

/** Numbers of requests never repeat within a run, so that each change is one. */
let used = 0;
const numbersPerRun = 10_000_000;

async function drive(
  run: LoadRun,
  { name, url, token, calls }: Subject,
  protocol: Protocol,
  connections: number,
  seconds: number,
  pace: Pace,
): Promise<Outcome> {
  const headers = { authorization: `Bearer ${token}` };
  const load = { headers, connections, signal: run.signal };
  if (protocol === 'HTTP/1.1') {
    const script = join(run.directory, 'script.lua');
    const named = Math.min(namedObjects, run.objects);
    await writeFile(script, luaScript(calls, named, ++used * numbersPerRun));
    return wrk(run.wrk!, { ...load, seconds, url }, script);
  }
  const [{ path, body }] = calls as [Call];
  const file = join(run.directory, 'body.json');
  if (body !== undefined) await writeFile(file, body);
  const posted = body === undefined ? {} : { body: file };
  const typed = { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) };
  const known = `${name} ${connections}`;
  const requests = pace.requestsFor(known, connections, seconds);
  const outcome = await h2load(run.h2load!, {
    ...load,
    headers: typed,
    url: `${url}${path}`,
    protocol,
    requests,
    ...posted,
  });
  pace.learn(known, outcome);
  return outcome;
}
