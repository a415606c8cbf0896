/** What a pod asks of a node (component-helpers `resource.PodRequests`). */
import { toMilli, toNumber } from '@orrery/machinery/quantity';
import type { Container, Pod } from '@orrery/kinds/types';

/** Resource name to amount: cpu in millicores, all else in units (bytes, counts). */
export type Amounts = Readonly<Record<string, number>>;

/** What a container without a request is taken to use when nodes are scored: 0.1 core and 200 MB. */
const unstated: Amounts = { cpu: 100, memory: 200 * 1024 * 1024 };

export function amountsOf(list: Readonly<Record<string, string>> | undefined): Amounts {
  const amounts: Record<string, number> = {};
  for (const [name, quantity] of Object.entries(list ?? {})) {
    amounts[name] = name === 'cpu' ? toMilli(quantity) : toNumber(quantity);
  }
  return amounts;
}

/**
 * The larger of what the containers need together and what the init containers need one after the other (beside the sidecars
 * started before them), plus the overhead of the runtime class. Requests of the pod as a whole win over its containers'.
 */
export function podRequests(pod: Pod, fill: Amounts = {}): Amounts {
  const { spec } = pod;
  const requests = (container: Container): Amounts => ({ ...fill, ...amountsOf(container.resources?.requests) });
  let running = (spec.containers ?? []).map(requests).reduce(plus, {});
  let starting: Amounts = {};
  let sidecars: Amounts = {};
  for (const container of spec.initContainers ?? []) {
    const own = requests(container);
    if (container.restartPolicy === 'Always') {
      sidecars = plus(sidecars, own);
      running = plus(running, own);
      starting = greatest(starting, sidecars);
    } else {
      starting = greatest(starting, plus(own, sidecars));
    }
  }
  const containers = greatest(running, starting);
  return plus({ ...containers, ...amountsOf(spec.resources?.requests) }, amountsOf(spec.overhead));
}

/** Requests for scoring: what is not stated counts with a default. */
export const scoringRequests = (pod: Pod): Amounts => podRequests(pod, unstated);

export function plus(a: Amounts, b: Amounts): Amounts {
  const sum: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + amount;
  return sum;
}

function greatest(a: Amounts, b: Amounts): Amounts {
  const result: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) result[name] = Math.max(result[name] ?? 0, amount);
  return result;
}
