import { SquareTerminal } from 'lucide-react';
import { terminal as routes } from '@orrery/platform-contract/features';
import type { Pod } from '@orrery/kinds/types';
import { useSearch, useSetSearch } from '../../../blocks/place.ts';
import { Session } from '../../../blocks/terminal/Session.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { withSearch } from '../../../util/url-search.ts';
import type { TabProps } from '../tabs/index.tsx';
import { ContainerSelect } from './ContainerSelect.tsx';
import { podMessages } from './messages.data.ts';
import { Running } from './Running.tsx';

/** A shell in a container that runs, for whoever may. */
export default function Terminal({ object }: TabProps) {
  const t = useMessages(podMessages);
  const pod = object as Pod;
  const { name = '', namespace = '' } = pod.metadata;
  const search = useSearch();
  const setSearch = useSetSearch();
  const words = { mayNot: t('mayNot'), notRunning: t('notRunning'), notRunningText: t('notRunningText') };
  return (
    <Running pod={pod} route={routes.exec} icon={SquareTerminal} words={words} chosen={search['container']}>
      {(container, running) => (
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
      )}
    </Running>
  );
}
