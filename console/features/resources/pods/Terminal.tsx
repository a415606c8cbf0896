import { Lock, SquareTerminal } from 'lucide-react';
import { terminal as routes } from '@orrery/platform-contract/features';
import type { Pod } from '@orrery/kinds/types';
import { useSearch, useSetSearch } from '../../../blocks/place.ts';
import { Session } from '../../../blocks/terminal/Session.tsx';
import { useAccess } from '../../../data/calls.ts';
import { useMessages } from '../../../ui/locale.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { withSearch } from '../../../util/url-search.ts';
import type { TabProps } from '../tabs/index.tsx';
import { ContainerSelect } from './ContainerSelect.tsx';
import { containersOf } from './containers.ts';
import { podMessages } from './messages.data.ts';

/** A shell in a container that runs, for whoever may. */
export default function Terminal({ object }: TabProps) {
  const t = useMessages(podMessages);
  const pod = object as Pod;
  const { name = '', namespace = '' } = pod.metadata;
  const access = useAccess({ route: routes.exec, path: { namespace, pod: name } });
  const search = useSearch();
  const setSearch = useSetSearch();
  const running = containersOf(pod).filter(({ status }) => status?.state?.running);
  const container = running.find(each => each.name === search['container']) ?? running[0];
  if (access === undefined) return null;
  if (!access.allowed)
    return (
      <Notice icon={Lock} title={t('mayNot')}>
        {access.reason}
      </Notice>
    );
  if (!container)
    return (
      <Notice icon={SquareTerminal} title={t('notRunning')}>
        {t('notRunningText')}
      </Notice>
    );
  return (
    <Session
      // A container that was started again is another place.
      key={`${container.name} ${container.status?.containerID}`}
      label={t('terminalLabel', { container: container.name })}
      path={routes.exec.paths[0]!.replace('{namespace}', encodeURIComponent(namespace)).replace(
        '{pod}',
        encodeURIComponent(name),
      )}
      container={container.name}
      picker={
        <ContainerSelect
          containers={running}
          value={container.name}
          onChange={chosen => setSearch(before => withSearch(before, { container: chosen }), true)}
        />
      }
    />
  );
}
