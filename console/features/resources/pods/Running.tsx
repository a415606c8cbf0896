import type { ReactNode } from 'react';
import { Lock } from 'lucide-react';
import type { Pod } from '@orrery/kinds/types';
import type { AnyRoute } from '@orrery/platform-contract';
import { useReason } from '../../../blocks/Action.tsx';
import { useAccess } from '../../../data/calls.ts';
import type { Icon } from '../../../ui/icon.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { containersOf, type Named } from './containers.ts';

export interface RunningProps {
  readonly pod: Pod;
  /** Whose permission it takes. */
  readonly route: AnyRoute;
  readonly icon: Icon;
  readonly words: Readonly<Record<'mayNot' | 'notRunning' | 'notRunningText', string>>;
  /** The first that runs, unless this one does. */
  readonly chosen: string | undefined;
  readonly children: (container: Named, running: readonly Named[]) => ReactNode;
}

/** What is done in a container that runs, for who may; or why not. */
export function Running({ pod, route, icon, words, chosen, children }: RunningProps) {
  const { name = '', namespace = '' } = pod.metadata;
  const question = { route, path: { namespace, pod: name } };
  const access = useAccess(question);
  const reason = useReason(question);
  const running = containersOf(pod).filter(({ status }) => status?.state?.running);
  const container = running.find(each => each.name === chosen) ?? running[0];
  if (access === undefined) return null;
  if (!access.allowed)
    return (
      <Notice icon={Lock} title={words.mayNot}>
        {reason}
      </Notice>
    );
  if (!container)
    return (
      <Notice icon={icon} title={words.notRunning}>
        {words.notRunningText}
      </Notice>
    );
  return children(container, running);
}
