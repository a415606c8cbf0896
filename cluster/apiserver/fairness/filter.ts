/** The place in the chain: finds the flow, waits for seats, gives them back. */
import type { Clock } from '@orrery/machinery/clock';
import type { StatusError } from '@orrery/machinery/status';
import { tooManyRequests } from '@orrery/machinery/status';
import type { Endpoint, Filter, RequestContext } from '../chain/context.ts';
import { isLongRunning } from '../chain/long-running.ts';
import type { RequestInfo } from '../types.ts';
import type { Flow } from './flows.ts';
import { FlowTable, distinguisherOf } from './flows.ts';
import type { LevelSpec } from './levels.ts';
import type { Asker, Level, Ticket } from './limiter.ts';
import { Limiter, NoSeat } from './limiter.ts';
import { Widths, lingerMs } from './width.ts';

/** Upstream's limits: their sum is what the levels share. */
export interface InFlightLimits {
  readonly reading: number;
  readonly mutating: number;
}

export const defaultInFlight: InFlightLimits = { reading: 400, mutating: 200 };

/** A quarter of the time that a request may take. */
const waitMs = 15_000;

export interface FairnessOptions {
  readonly clock: Clock;
  readonly limits?: InFlightLimits;
  /** How many are told of a change at the place of a write. */
  readonly watchers?: (info: RequestInfo) => number;
}

/** A flow with its level. */
interface Lane {
  readonly flow: Flow;
  readonly level: Level;
  readonly headers: Readonly<Record<string, string>>;
}

const writes = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

const refused = (): StatusError => tooManyRequests('Too many requests, please try again later.', 1);

export interface Fairness {
  readonly filter: Filter;
  readonly limiter: Limiter;
  /** The schemas in use, best first. */
  flows(): readonly Flow[];
  /** Seats that a request holds after its answer. */
  finalOf(info: RequestInfo): number;
  /** Takes schemas and levels; a schema whose level is not there is no schema. */
  configure(flows: readonly Flow[], levels: readonly LevelSpec[]): void;
}

export function createFairness({ clock, limits = defaultInFlight, watchers = () => 0 }: FairnessOptions): Fairness {
  const limiter = new Limiter({ clock, seats: limits.reading + limits.mutating, waitMs });
  const widths = new Widths(watchers);
  let table = new FlowTable([]);
  let lanes = new Map<Flow, Lane>();
  const laneOf = (context: RequestContext): Lane => {
    const flow = table.of(context.user, context.info);
    let lane = lanes.get(flow);
    if (lane !== undefined) return lane;
    const level = limiter.level(flow.level)!;
    const headers = {
      'x-kubernetes-pf-flowschema-uid': flow.uid,
      'x-kubernetes-pf-prioritylevel-uid': level.spec.uid,
    };
    lanes.set(flow, (lane = { flow, level, headers }));
    return lane;
  };
  const askerOf = ({ flow }: Lane, { user, info, receivedMs }: RequestContext): Asker => ({
    schema: flow.name,
    distinguisher: distinguisherOf(flow, user, info),
    user: user.name,
    info,
    arrivedMs: receivedMs,
  });
  const seatFor = (lane: Lane, context: RequestContext): Ticket | Promise<Ticket> => {
    const { info, request } = context;
    const asker = askerOf(lane, context);
    return limiter.enter(lane.level, `${asker.schema}\n${asker.distinguisher}`, widths.of(info), request.signal, asker);
  };
  const filter: Filter = next => async context => {
    if (isLongRunning(context) && context.info.verb !== 'watch') return next(context);
    const lane = laneOf(context);
    context.headers = lane.headers;
    if (lane.level.spec.exempt) {
      const over = limiter.pass(lane.level, askerOf(lane, context));
      return next(context).finally(over);
    }
    let ticket: Ticket;
    try {
      const given = seatFor(lane, context);
      ticket = given instanceof Promise ? await given : given;
    } catch (error) {
      throw error instanceof NoSeat ? refused() : error;
    }
    return served(next, context, ticket);
  };
  const finalOf = (info: RequestInfo): number =>
    info.isResourceRequest && writes.has(info.verb) ? widths.finalOf(info) : 0;
  const served = async (next: Endpoint, context: RequestContext, ticket: Ticket) => {
    const { info } = context;
    let final = 0;
    try {
      const response = await next(context);
      if (info.verb === 'list') widths.learn(info, response);
      else if (response.status < 300) final = finalOf(info);
      return response;
    } finally {
      limiter.leave(ticket, final, lingerMs);
    }
  };
  return {
    filter,
    limiter,
    flows: () => table.flows,
    finalOf,
    configure(flows, levels) {
      limiter.configure(levels);
      table = new FlowTable(flows.filter(({ level }) => limiter.level(level) !== undefined));
      lanes = new Map();
    },
  };
}
