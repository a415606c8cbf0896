/** What must hold at every moment, whatever has failed: looked at with every change in the store and every container that starts. */
import type { Entry } from '@orrery/store';
import type { Node, Pod } from '@orrery/kinds/types';
import { toMilli, toNumber } from '@orrery/machinery/quantity';
import { objectOf } from './ledger.ts';
import type { ContainerWatcher } from './machine.ts';

export interface Safety extends ContainerWatcher {
  /** A key was committed; the ledger shows it already. */
  changed(key: string, entry: Entry | undefined, previous: Entry | undefined): void;
  /** A machine has lost all its containers. */
  machineDied(machine: string): void;
}

/** What a pod takes of its node, as the scheduler counts it: cpu in thousandths, memory in bytes. */
interface Load {
  readonly cpu: number;
  readonly memory: number;
  readonly ports: readonly string[];
}

const pods = '/registry/pods/';
const nodes = '/registry/nodes/';

export const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

export function createSafety(violated: (what: string) => void): Safety {
  const loads = new Map<string, Map<string, Load>>();
  const allocatable = new Map<string, { cpu: number; memory: number; pods: number }>();
  /** `namespace/name` of a pod -> container -> what it belongs to. */
  const running = new Map<string, Map<string, { machine: string; uid: string }>>();

  const check = (node: string, key: string) => {
    const bound = allocatable.get(node);
    const all = [...(loads.get(node)?.values() ?? [])];
    if (!bound) return;
    const sum = (of: (load: Load) => number) => all.reduce((total, load) => total + of(load), 0);
    const ports = all.flatMap(load => load.ports);
    const over = [
      all.length > bound.pods && `${all.length} of ${bound.pods} pods`,
      sum(load => load.cpu) > bound.cpu && `${sum(load => load.cpu)} of ${bound.cpu} thousandths of a core`,
      sum(load => load.memory) > bound.memory && `${sum(load => load.memory)} of ${bound.memory} bytes`,
      new Set(ports).size < ports.length && `host ports ${ports.toSorted().join(' ')}`,
    ].filter(each => each !== false);
    if (over.length > 0) violated(`${node} is over-committed by ${key}: ${over.join(', ')}`);
  };
  const place = (key: string, entry: Entry | undefined, previous: Entry | undefined) => {
    const before = previous && objectOf<Pod>(previous);
    const after = entry && objectOf<Pod>(entry);
    const was = before && !isOver(before) ? before.spec.nodeName : undefined;
    const is = after && !isOver(after) ? after.spec.nodeName : undefined;
    if (was && is && was !== is) violated(`${key} moved from ${was} to ${is}`);
    if (was && !is) loads.get(was)?.delete(key);
    if (!is || was === is) return;
    if (!loads.has(is)) loads.set(is, new Map());
    loads.get(is)!.set(key, loadOf(after!));
    check(is, key);
  };
  return {
    changed(key, entry, previous) {
      if (key.startsWith(pods)) place(key, entry, previous);
      else if (key.startsWith(nodes)) {
        const { cpu, memory, pods: count } = (entry && objectOf<Node>(entry).status?.allocatable) || {};
        const name = key.slice(nodes.length);
        if (cpu === undefined || memory === undefined || count === undefined) return void allocatable.delete(name);
        allocatable.set(name, { cpu: toMilli(cpu), memory: toNumber(memory), pods: toNumber(count) });
      }
    },
    started(machine, containerId, labels) {
      const name = labels['io.kubernetes.pod.name'] ?? '';
      // Only pods of StatefulSets keep their names.
      if (!name.startsWith('set-')) return;
      const uid = labels['io.kubernetes.pod.uid'] ?? '';
      const pod = `${labels['io.kubernetes.pod.namespace']}/${name}`;
      if (!running.has(pod)) running.set(pod, new Map());
      for (const other of running.get(pod)!.values())
        if (other.uid !== uid) violated(`two pods ${pod} run at once: on ${other.machine} and on ${machine}`);
      running.get(pod)!.set(containerId, { machine, uid });
    },
    stopped(_machine, containerId) {
      for (const containers of running.values()) containers.delete(containerId);
    },
    machineDied(machine) {
      for (const containers of running.values())
        for (const [id, container] of containers) if (container.machine === machine) containers.delete(id);
    },
  };
}

export function loadOf({ spec }: Pod): Load {
  const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
  const requests = spec.containers.map(({ resources }) => resources?.requests ?? {});
  return {
    cpu: sum(requests.map(({ cpu }) => toMilli(cpu ?? '0'))),
    memory: sum(requests.map(({ memory }) => toNumber(memory ?? '0'))),
    ports: spec.containers.flatMap(({ ports = [] }) =>
      ports.flatMap(({ hostPort, protocol = 'TCP' }) => (hostPort ? [`${protocol}/${hostPort}`] : [])),
    ),
  };
}
