/** How many seats a request takes: what a list weighed the last time, and who is told of a write. */
import type { Response } from '@orrery/http';
import { isStream } from '@orrery/http';
import type { RequestInfo } from '../types.ts';

/** Upstream's figures (`util/flowcontrol/request/config.go`), but for the weight, which is that of a hundred small objects. */
const seatsMax = 10;
const bytesPerSeat = 100 * 1024;
const watchersPerSeat = 10;
/** How long a write holds its last seats. */
export const lingerMs = 5;
/** Places whose weight is remembered; light ones are not. */
const placesMax = 1000;

const placeOf = ({ apiGroup, resource, namespace }: RequestInfo): string => `${apiGroup}/${resource}/${namespace}`;

function bytesOf({ body }: Response): number {
  if (body === undefined || isStream(body)) return 0;
  if (body instanceof Uint8Array) return body.length;
  let sum = 0;
  for (const part of body) sum += part.length;
  return sum;
}

export class Widths {
  readonly #weights = new Map<string, number>();
  readonly #watchers: (info: RequestInfo) => number;

  /** @param watchers how many are told of a change at the place of a write */
  constructor(watchers: (info: RequestInfo) => number) {
    this.#watchers = watchers;
  }

  /** Seats at the start. */
  of(info: RequestInfo): number {
    if (this.#weights.size === 0 || info.verb !== 'list' || info.name !== '') return 1;
    const weight = this.#weights.get(placeOf(info)) ?? 0;
    return Math.min(seatsMax, 1 + Math.floor(weight / bytesPerSeat));
  }

  /** Learns from an answer. */
  learn(info: RequestInfo, response: Response): void {
    if (info.verb !== 'list' || info.name !== '' || response.status !== 200) return;
    const bytes = bytesOf(response);
    const place = placeOf(info);
    this.#weights.delete(place);
    if (bytes < bytesPerSeat) return;
    this.#weights.set(place, bytes);
    if (this.#weights.size > placesMax) this.#weights.delete(this.#weights.keys().next().value!);
  }

  /** Seats that a write holds after its answer, while its watchers are told. */
  finalOf(info: RequestInfo): number {
    return Math.min(seatsMax, Math.ceil(this.#watchers(info) / watchersPerSeat));
  }
}
