/** Making the context that a component gets from whoever composes it. */
import type { Client } from '@orrery/client';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import { createInformerFactory, type InformerFactoryOptions } from './informer.ts';
import { createRecorder } from './recorder.ts';
import type { ComponentContext, EventRecorder, InformerFactory } from './types.ts';

export interface ContextOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The factory to share within a thread; one of its own unless given. */
  readonly informers?: InformerFactory;
  /** What caches keep of each object; all of it unless given. */
  readonly transform?: InformerFactoryOptions['transform'];
  /** The node's name for components that run on one; goes into the source of their events. */
  readonly host?: string;
}

/** A context with shared informers and one event recorder per component name. */
export function createContext(options: ContextOptions): ComponentContext {
  const { client, clock, random, log, signal, host, transform } = options;
  const informers = options.informers ?? createInformerFactory({ client, clock, random, log, signal, transform });
  const recorders = new Map<string, EventRecorder>();
  const recorder = (component: string) => {
    let known = recorders.get(component);
    if (!known) {
      known = createRecorder({ client, clock, random, log, signal, component, host });
      recorders.set(component, known);
    }
    return known;
  };
  return { client, informers, clock, random, log, signal, recorder };
}
