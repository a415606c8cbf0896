/**
 * Keeps the condition Available of every APIService: looks when the APIService, its Service or their endpoints change, every half minute,
 * and sooner while something is wrong. Nothing runs while every group is served here.
 */
import type { APIService, Service } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import type { Clock, Timer } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Reader, StoredChange } from '../types.ts';
import { failedDiscovery, judge, local, passed, withVerdict } from './judge.ts';
import type { Slice, Verdict } from './judge.ts';
import type { Reach } from './reach.ts';
import type { ApiServices, Remote } from './services.ts';

const againMs = 30_000;
/** A Service, its endpoints and its APIService are written one after the other: they are looked at together. */
const settleMs = 100;
const retryMsFirst = 100;
const attempts = 5;
const questionMs = 5_000;

export interface AvailabilityParts {
  readonly services: ApiServices;
  readonly reads: Reader;
  readonly reach: Reach;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  /** Stores the conditions that `change` makes of those stored; undefined leaves them. */
  write(name: string, change: (current: APIService) => APIService['status']): Promise<void>;
  /** A server was found well, before anybody is told so. */
  found(remote: Remote): Promise<void>;
  /** A server was not found well. */
  lost(remote: Remote): void;
}

interface Work {
  timer: Timer | undefined;
  failures: number;
  isRunning: boolean;
  isDue: boolean;
}

const serviceResource = { group: '', resource: 'services' };
const sliceResource = { group: 'discovery.k8s.io', resource: 'endpointslices' };
const serviceLabel = 'kubernetes.io/service-name';

export class Availability {
  readonly #parts: AvailabilityParts;
  readonly #work = new Map<string, Work>();
  readonly #specs = new Map<string, string>();
  #follows: Promise<(() => void)[]> | undefined;
  #isClosed = false;

  constructor(parts: AvailabilityParts) {
    this.#parts = parts;
    parts.services.onChange((name, service) => this.#take(name, service));
  }

  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#work.values()) timer?.cancel();
    this.#unfollow();
  }

  #take(name: string, service: APIService | undefined): void {
    if (this.#isClosed) return;
    if (service === undefined) return this.#forget(name);
    const spec = JSON.stringify(service.spec);
    const isNew = this.#specs.get(name) !== spec;
    this.#specs.set(name, spec);
    const remote = this.#parts.services.remote(name);
    if (remote === undefined) {
      this.#forget(name);
      this.#specs.set(name, spec);
      if (isNew && withVerdict(service.status?.conditions ?? [], local, '')) this.#write(name, local);
      return;
    }
    this.#follow();
    if (isNew) this.#soon(name);
  }

  #forget(name: string): void {
    this.#specs.delete(name);
    this.#work.get(name)?.timer?.cancel();
    this.#work.delete(name);
    if (this.#work.size === 0) this.#unfollow();
  }

  /** Services and endpoints are looked at only while somebody refers to one. */
  #follow(): void {
    const { reads, log } = this.#parts;
    const changed = (change: StoredChange): void => this.#review(change);
    this.#follows ??= Promise.all([reads.subscribe(serviceResource, changed), reads.subscribe(sliceResource, changed)]);
    this.#follows.catch((error: unknown) => log.warn('services cannot be followed', { error }));
  }

  #unfollow(): void {
    this.#follows?.then(stops => stops.forEach(stop => stop())).catch(() => {});
    this.#follows = undefined;
  }

  #review({ namespace, name, object }: StoredChange): void {
    if (this.#isClosed) return;
    for (const remote of this.#parts.services.remotes()) {
      const { service } = remote;
      if (service.namespace !== namespace) continue;
      if (name === service.name || object().metadata.labels?.[serviceLabel] === service.name) this.#soon(remote.name);
    }
  }

  #soon(name: string): void {
    const work = this.#workOf(name);
    work.failures = 0;
    this.#later(name, work, settleMs);
  }

  #later(name: string, work: Work, delayMs: number): void {
    work.timer?.cancel();
    work.timer = this.#parts.clock.after(delayMs, () => this.#run(name, work)).unref();
  }

  #workOf(name: string): Work {
    let work = this.#work.get(name);
    if (work === undefined)
      this.#work.set(name, (work = { timer: undefined, failures: 0, isRunning: false, isDue: false }));
    return work;
  }

  #run(name: string, work: Work): void {
    if (work.isRunning) {
      work.isDue = true;
      return;
    }
    work.isRunning = true;
    this.#check(name)
      .catch((error: unknown) => {
        this.#parts.log.warn('the availability of an APIService cannot be told', { name, error });
        return false;
      })
      .then(isWell => {
        work.isRunning = false;
        if (this.#isClosed || this.#work.get(name) !== work) return;
        if (work.isDue) {
          work.isDue = false;
          return this.#run(name, work);
        }
        work.failures = isWell ? 0 : work.failures + 1;
        this.#later(name, work, isWell ? againMs : Math.min(againMs, retryMsFirst * 2 ** work.failures));
      })
      .catch(() => {});
  }

  /** Whether the next look may wait. */
  async #check(name: string): Promise<boolean> {
    const { services, found, lost } = this.#parts;
    const remote = services.remote(name);
    if (remote === undefined) return true;
    const against = await this.#objections(remote);
    const isAsked = against === undefined;
    const why = isAsked ? await this.#askServer(remote) : undefined;
    const verdict = against ?? (why === undefined ? passed : failedDiscovery(why));
    if (this.#isClosed || !isSame(services.remote(name), remote)) return true;
    if (verdict === passed) await found(remote);
    else lost(remote);
    await this.#write(name, verdict);
    return !isAsked || why === undefined;
  }

  async #objections(remote: Remote): Promise<Verdict | undefined> {
    const { reads } = this.#parts;
    const { namespace, name } = remote.service;
    const service = (await reads.get(serviceResource, namespace, name)) as (Service & KubeObject) | undefined;
    const slices = service ? ((await reads.list(sliceResource, namespace)) as Slice[]) : [];
    return judge(
      remote,
      service,
      slices.filter(({ metadata }) => metadata.labels?.[serviceLabel] === name),
    );
  }

  /** Why none of the endpoints answers; undefined once one does. */
  async #askServer(remote: Remote): Promise<string | undefined> {
    const { reach, clock } = this.#parts;
    const untilMs = clock.monotonic() + questionMs;
    let why = '';
    for (let attempt = 0; attempt < attempts; attempt++) {
      const timeoutMs = untilMs - clock.monotonic();
      if (attempt > 0 && timeoutMs <= 0) break;
      let url = '';
      try {
        const found = await reach.find(remote);
        url = `${found.url}/apis/${remote.group}/${remote.version}`;
        const target = new URL(url).pathname;
        const { status } = await reach.ask(remote, { target, user: checker, timeoutMs, bytesMax, found });
        if (status >= 200 && status < 300) return undefined;
        why = `failing or missing response from ${url}: bad status from ${url}: ${status}`;
      } catch (error) {
        const { message } = error as Error;
        why = url === '' ? message : `failing or missing response from ${url}: Get "${url}": ${message}`;
      }
    }
    return why;
  }

  async #write(name: string, verdict: Verdict): Promise<void> {
    const { write, clock, log } = this.#parts;
    const now = formatTime(clock.now());
    await write(name, ({ spec, status }) => {
      // An APIService that changed meanwhile is looked at again.
      if ((spec.service === undefined) !== (verdict === local)) return status;
      const conditions = withVerdict(status?.conditions ?? [], verdict, now);
      return conditions ? { ...status, conditions } : status;
    }).catch((error: unknown) => {
      if (!this.#isClosed) log.warn('the status of an APIService cannot be written', { name, error });
    });
  }
}

const checker = { name: 'system:kube-aggregator', groups: ['system:masters'] };
const bytesMax = 8 << 20;

const isSame = (a: Remote | undefined, b: Remote): boolean =>
  a !== undefined && JSON.stringify({ ...a, isAvailable: true }) === JSON.stringify({ ...b, isAvailable: true });
