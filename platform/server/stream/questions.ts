/** From what a client subscribes to, to a question: only GET routes that can be followed, lists only by the page. */
import { StatusError, badRequest } from '@orrery/machinery/status';
import { parametersIn, streamLimits, type Subscribe } from '@orrery/platform-contract';
import { answerOf, type Served } from '../chain/served.ts';
import { isPlainSegment } from '../chain/target.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { RawAnswer } from '../feature.ts';
import type { Question } from './queries.ts';

type Asking = Pick<PlatformContext, 'served' | 'clientOf' | 'switches'>;

/** @throws StatusError 400 or 404 for what cannot be followed. Rights are looked at when it is asked. */
export function questionOf(context: Asking, caller: Caller, { route: id, path = {}, query = {} }: Subscribe): Question {
  const served = context.served.get(id);
  if (!served) throw new StatusError(404, 'NotFound', `there is no route "${id}"`);
  const { route, sources } = served;
  if (route.method !== 'GET' || !sources) throw badRequest(`the route "${id}" cannot be followed`);
  const parameters = pick(parametersIn(route.paths[0]!), path);
  const search = new URLSearchParams(Object.entries(query).toSorted(([left], [right]) => (left < right ? -1 : 1)));
  refuseEndless(served, search);
  return {
    key: JSON.stringify([caller.name, caller.groups, id, parameters, search.toString()]),
    isList: isList(served),
    sources: () => sources(parameters),
    async ask(signal) {
      const request = { method: 'GET', target: '', headers: {}, body: new Uint8Array(0), signal };
      const answer = await answerOf(served, { parameters, search, caller, request }, context);
      if (answer instanceof RawAnswer) throw badRequest(`the route "${id}" cannot be followed`);
      return answer;
    },
  };
}

/** The values of the path as the grammar of URLs would let them through. */
function pick(names: readonly string[], path: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    names.map(name => {
      const value = Object.hasOwn(path, name) ? path[name]! : '';
      if (value === '' || !isPlainSegment(value)) throw badRequest(`path.${name} is missing or malformed`);
      return [name, value];
    }),
  );
}

/** Nobody follows ten thousand rows. */
function refuseEndless(served: Served, search: URLSearchParams): void {
  if (!isList(served)) return;
  const limit = Number(search.get('limit') ?? 0);
  if (!(limit >= 1 && limit <= streamLimits.pageMax))
    throw badRequest(`a list is followed page by page: query.limit from 1 to ${streamLimits.pageMax}`);
}

const isList = ({ route }: Served): boolean => route.query?.json.properties?.['limit'] !== undefined;
