/** How much processor time and memory pods ask for and may use: pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import { addQuantities, parseQuantity, zeroQuantity, type Quantity } from '@orrery/machinery/quantity';

export interface Amounts {
  readonly requests: Readonly<Record<string, Quantity>>;
  readonly limits: Readonly<Record<string, Quantity>>;
}

interface Container {
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Record<string, string>; readonly limits?: Record<string, string> };
}

interface PodSpec {
  readonly nodeName?: string;
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
}

type Kind = 'requests' | 'limits';
export const measured = ['cpu', 'memory'] as const;

/** A pod that is over holds nothing. */
export const isOver = (pod: KubeObject): boolean => {
  const { phase } = ((pod as { status?: { phase?: string } }).status ?? {}) as { phase?: string };
  return phase === 'Succeeded' || phase === 'Failed';
};

const amountIn = ({ resources }: Container, kind: Kind, name: string): Quantity => {
  const value = resources?.[kind]?.[name];
  return value === undefined ? zeroQuantity : parseQuantity(value);
};

const larger = (left: Quantity, right: Quantity): Quantity => (left.nano < right.nano ? right : left);

/** As the scheduler counts: what runs side by side is added, what runs before it counts where it is more. */
function amountOf({ containers = [], initContainers = [] }: PodSpec, kind: Kind, name: string): Quantity {
  const beside = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const together = [...containers, ...beside].reduce(
    (sum, container) => addQuantities(sum, amountIn(container, kind, name)),
    zeroQuantity,
  );
  return initContainers
    .filter(container => !beside.includes(container))
    .reduce((most, container) => larger(most, amountIn(container, kind, name)), together);
}

export function amountsOf(pods: readonly KubeObject[]): Amounts {
  const sum = (kind: Kind) =>
    Object.fromEntries(
      measured.map(name => [
        name,
        pods
          .filter(pod => !isOver(pod))
          .reduce(
            (all, pod) => addQuantities(all, amountOf((pod as { spec?: PodSpec }).spec ?? {}, kind, name)),
            zeroQuantity,
          ),
      ]),
    );
  return { requests: sum('requests'), limits: sum('limits') };
}
