/** Several crashes of one data directory in a row, with clients that go on; then the whole history is judged. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SocketTransport } from '@orrery/client/node';
import type { Failpoint } from '@orrery/machinery/failpoint';
import { seededRandom, type Random } from '@orrery/machinery/random';
import { ask, follow, list, note, reader, watcher, write, writer, type World } from './clients.ts';
import { collection, isOurs, namespace, objectOf, valueOf } from './objects.ts';
import { Recorder, type OpenWatch } from './recorder.ts';
import { Server, type Faults, type Program } from './server.ts';

/** How a round ends its server. */
export type Round =
  | { readonly kind: 'kill' }
  | { readonly kind: 'failpoint'; readonly failpoint: Failpoint }
  /** The process stands still for so long, and goes on. */
  | { readonly kind: 'pause'; readonly ms: number }
  /** The wall clock jumps while clients write; then the process is killed. */
  | { readonly kind: 'clock'; readonly byMs: number }
  | { readonly kind: 'close' };

export const nameOf = (round: Round): string =>
  round.kind === 'failpoint'
    ? round.failpoint
    : round.kind === 'clock'
      ? `clock ${round.byMs / 3600_000} h`
      : round.kind;

export interface ChainResult {
  readonly findings: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  /** Failpoints that were not reached. */
  readonly missed: readonly string[];
}

/** Small enough that segments roll and snapshots are written within a second; the past goes by size only. */
const store = { segmentBytes: 64 * 1024, checkpointBytes: 64 * 1024, historyBytes: 1024 * 1024, historyMs: 1e13 };

class Chain implements World {
  readonly recorder = new Recorder();
  readonly random: Random;
  readonly #server: Server;
  /** The connection that clients use; another promise while no server answers. */
  #gate = Promise.withResolvers<SocketTransport | undefined>();
  #connections: SocketTransport[] = [];
  readonly #everything: OpenWatch = { client: 'everything', prefix: 'r-', after: 0, answers: [] };
  #told = 0;
  readonly missed: string[] = [];

  constructor(program: Program, seed: number) {
    this.random = seededRandom(seed);
    this.#server = new Server(program);
  }

  connection(): Promise<SocketTransport | undefined> {
    return this.#gate.promise;
  }

  async run(rounds: readonly Round[]): Promise<ChainResult> {
    const clients: Promise<void>[] = [];
    try {
      await this.#prepare();
      const runs = [
        ...['a', 'b', 'c', 'd'].map(client => writer(this, client)),
        ...['r', 's'].map(client => reader(this, client)),
        ...(['all', 'selected', 'initial'] as const).map(style => watcher(this, `w-${style}`, style)),
      ];
      clients.push(...runs.map(run => run.catch(error => void this.recorder.findings.push(String(error)))));
      for (const round of rounds) await this.#round(round);
      await this.#open({});
      await this.#settle();
      const findings = [...this.recorder.judge(), ...this.#complaints()];
      return { findings, counts: this.recorder.counts, missed: this.missed };
    } finally {
      this.#gate.resolve(undefined);
      this.#disconnect();
      await Promise.all(clients);
      await this.#server.remove();
    }
  }

  /** The first start: a namespace, and the revision that the log begins after. */
  async #prepare(): Promise<void> {
    const running = this.#server.start({ store });
    if ((await running.ready) === undefined) throw new Error(`the server did not start: ${this.#server.log}`);
    const transport = this.#server.connect();
    const body = { metadata: { name: namespace } };
    const { status } = await ask(transport, 'POST', '/api/v1/namespaces', body);
    if (status !== 201) throw new Error(`the namespace was answered with ${status}`);
    this.#told = (await list(this.recorder, transport, 'begin'))!;
    transport.close();
    await this.#server.end('SIGTERM');
  }

  /** Starts a server, perhaps with faults, and lets the clients at it. Returns false when it ended before. */
  async #open(faults: Faults): Promise<boolean> {
    const running = this.#server.start({ store, ...faults });
    if ((await running.ready) === undefined) return false;
    const transport = this.#server.connect();
    this.#connections.push(transport);
    // The watch of everything goes first, so that nobody outruns what is kept for it.
    const listening = Promise.withResolvers<void>();
    void this.#listen(transport, listening.resolve);
    await Promise.race([listening.promise, running.ended]);
    this.#gate.resolve(transport);
    return true;
  }

  /** Follows the watch of everything as long as the connection lasts. */
  async #listen(transport: SocketTransport, listening: () => void): Promise<void> {
    const { recorder } = this;
    while (this.#connections.includes(transport)) {
      const query = `resourceVersion=${this.#told}`;
      // A watch without a past answers at once; there is no other sign that it has begun.
      const begun = setTimeout(listening, 100);
      await follow(transport, query, AbortSignal.timeout(600_000), frame => {
        listening();
        if (frame.type === 'ERROR') recorder.findings.push(`the watch of everything: ${JSON.stringify(frame.object)}`);
        if (frame.type === 'ERROR') return false;
        note(this.#everything, frame);
        this.#told = Number(frame.object.metadata.resourceVersion);
        if (!isOurs(frame.object)) return;
        const { name } = frame.object.metadata;
        const value = frame.type === 'DELETED' ? undefined : valueOf(frame.object);
        recorder.log.push({ revision: this.#told, changes: [{ key: name, value }], toldAt: recorder.now() });
        recorder.saw(name, value === undefined ? undefined : { value, revision: this.#told });
        return;
      }).catch(() => {});
      clearTimeout(begun);
      if (this.recorder.findings.length > 20) return;
      await sleep(10);
    }
  }

  async #round(round: Round): Promise<void> {
    const opened = await this.#open(this.#faultsOf(round));
    const running = this.#server.running!;
    const aWhile = 100 + this.random.float() * 400;
    if (opened && round.kind === 'pause') {
      await sleep(aWhile);
      running.process.kill('SIGSTOP');
      await sleep(round.ms);
      running.process.kill('SIGCONT');
    }
    if (opened) await Promise.race([sleep(round.kind === 'failpoint' ? 20_000 : aWhile), running.ended]);
    if (round.kind === 'close') await this.#server.end('SIGTERM');
    else if (running.process.exitCode === null && running.process.signalCode === null) {
      if (round.kind === 'failpoint') this.missed.push(round.failpoint);
      await this.#server.end('SIGKILL');
    }
    const { signalCode, exitCode } = running.process;
    if (round.kind !== 'close' && signalCode !== 'SIGKILL')
      this.recorder.findings.push(`in the round "${nameOf(round)}" the server ended with ${signalCode ?? exitCode}`);
    if (opened) this.#gate = Promise.withResolvers();
    this.#disconnect();
  }

  #faultsOf(round: Round): Faults {
    if (round.kind === 'clock') return { clock: { afterMs: 50, byMs: round.byMs } };
    if (round.kind !== 'failpoint') return {};
    const { failpoint } = round;
    // Passed when the process starts, or only when the time of something is over.
    const once = /^(store\.open|server|node)\./.test(failpoint);
    const hit = once ? 1 : 1 + Math.floor(this.random.float() * 5);
    if (failpoint !== 'store.expiry.due') return { at: { failpoint, signal: 'SIGKILL', hit } };
    return { at: { failpoint, signal: 'SIGKILL' }, clock: { afterMs: 0, byMs: 2 * 3600_000 } };
  }

  /** After the last round: the clients rest, and the watch of everything hears the rest. */
  async #settle(): Promise<void> {
    await sleep(200);
    const transport = (await this.connection())!;
    this.#gate = Promise.withResolvers();
    await sleep(100);
    // One more of ours, so that there is something to wait for.
    const name = 'r-end';
    const body = objectOf(name, 'xend.0');
    await write(this.recorder, transport, 'end', name, [
      { type: 'put', value: 'xend.0', expected: 0 },
      'POST',
      collection,
      body,
    ]);
    const revision = (await list(this.recorder, transport, 'end'))!;
    for (let wait = 0; wait < 500 && this.recorder.log.at(-1)?.changes[0]?.key !== name; wait++) await sleep(10);
    if (this.#told > revision) this.recorder.findings.push(`the end is at ${revision}, told was ${this.#told}`);
  }

  /** What the server itself has to say: mistakes of ours that it survived. */
  #complaints(): string[] {
    return this.#server.log
      .split('\n')
      .filter(line => /was not handled|a watch listener failed/.test(line))
      .slice(0, 5);
  }

  #disconnect(): void {
    for (const connection of this.#connections.splice(0)) connection.close();
  }
}

export const runChain = (program: Program, seed: number, rounds: readonly Round[]): Promise<ChainResult> =>
  new Chain(program, seed).run(rounds);
