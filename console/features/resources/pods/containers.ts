/** The containers of a pod with their states (pure). */
import type { Container, ContainerStatus, Pod } from '@orrery/kinds/types';
import type { Tone } from '../../../ui/Badge.tsx';

export interface Named {
  readonly name: string;
  readonly role: 'main' | 'init' | 'sidecar' | 'ephemeral';
  readonly container: Container;
  readonly status: ContainerStatus | undefined;
}

/** Those that do the work first, then those that went before them. */
export function containersOf({ spec, status }: Pod): readonly Named[] {
  const statuses = new Map(
    [
      ...(status?.containerStatuses ?? []),
      ...(status?.initContainerStatuses ?? []),
      ...(status?.ephemeralContainerStatuses ?? []),
    ].map(each => [each.name, each]),
  );
  const named = (role: Named['role'], container: Container): Named => ({
    name: container.name,
    role,
    container,
    status: statuses.get(container.name),
  });
  return [
    ...spec.containers.map(container => named('main', container)),
    ...(spec.initContainers ?? []).map(container =>
      named(container.restartPolicy === 'Always' ? 'sidecar' : 'init', container),
    ),
    ...(spec.ephemeralContainers ?? []).map(container => named('ephemeral', container as unknown as Container)),
  ];
}

export interface ContainerWord {
  readonly tone: Tone;
  readonly word: 'running' | 'notReady' | 'done' | 'waiting' | 'other';
  /** The cluster's own word, where `word` is `other`. */
  readonly reason?: string;
  readonly since?: string;
}

export function containerState(status: ContainerStatus | undefined): ContainerWord {
  const { running, terminated, waiting } = status?.state ?? {};
  if (running) {
    const since = running.startedAt;
    return status?.ready ? { tone: 'good', word: 'running', since } : { tone: 'warn', word: 'notReady', since };
  }
  if (terminated) {
    const { exitCode, reason = `ExitCode:${exitCode}`, finishedAt: since } = terminated;
    return exitCode === 0 ? { tone: 'quiet', word: 'done', since } : { tone: 'bad', word: 'other', reason, since };
  }
  if (!waiting?.reason) return { tone: 'busy', word: 'waiting' };
  const isUnderWay = waiting.reason === 'ContainerCreating' || waiting.reason === 'PodInitializing';
  return { tone: isUnderWay ? 'busy' : 'bad', word: 'other', reason: waiting.reason };
}
