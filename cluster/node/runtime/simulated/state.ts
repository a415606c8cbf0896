/** What a simulated runtime holds: plain records, changed in place by it alone. */
import type { ContainerConfig, ContainerEvent, PodSandboxConfig } from '../types.ts';

export interface SimulatedSandbox {
  id: string;
  config: PodSandboxConfig;
  ready: boolean;
  createdAt: number;
  ips: string[];
  handler: string;
}

export interface SimulatedContainer {
  id: string;
  sandboxId: string;
  config: ContainerConfig;
  state: 'created' | 'running' | 'exited';
  createdAt: number;
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  reason: string;
  resources: ContainerConfig['resources'];
}

/** Hands events to any number of listeners; each sees those from its subscription on. */
export class EventFeed {
  readonly #listeners = new Set<(event: ContainerEvent) => void>();

  emit(event: ContainerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  subscribe(signal: AbortSignal): AsyncIterable<ContainerEvent> {
    const queue: ContainerEvent[] = [];
    let wake = (): void => {};
    const listener = (event: ContainerEvent): void => {
      queue.push(event);
      wake();
    };
    this.#listeners.add(listener);
    const end = (): void => {
      this.#listeners.delete(listener);
      wake();
    };
    signal.addEventListener('abort', end, { once: true });
    return (async function* () {
      try {
        while (!signal.aborted) {
          const next = queue.shift();
          if (next) yield next;
          else await new Promise<void>(resolve => (wake = resolve));
        }
      } finally {
        signal.removeEventListener('abort', end);
        end();
      }
    })();
  }
}

/** `10.88.0.0/16` -> its addresses from .2 on, each once; those given back are used again last. */
export class AddressPool {
  readonly #base: number;
  readonly #size: number;
  readonly #free: number[] = [];
  #next = 2;

  constructor(cidr: string) {
    const [address = '', bits = '24'] = cidr.split('/');
    this.#base = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    this.#size = 2 ** (32 - Number(bits));
  }

  take(): string | undefined {
    const index = this.#next < this.#size - 1 ? this.#next++ : this.#free.shift();
    return index === undefined ? undefined : this.#text(this.#base + index);
  }

  giveBack(address: string): void {
    const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    this.#free.push(value - this.#base);
  }

  #text(value: number): string {
    return [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256).join('.');
  }
}
