import { Infinity as Loop, Plus } from 'lucide-react';
import { devops } from '@orrery/platform-contract/features';
import { Action } from '../../../blocks/Action.tsx';
import type { PageProps } from '../../../blocks/page.ts';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { useDialog } from '../../../blocks/place.ts';
import { useMessages } from '../../../ui/locale.ts';
import { PlaceTable } from '../PlaceTable.tsx';
import { CreateDevops } from './CreateDevops.tsx';
import { devopsHref, placeOf } from './devops.ts';
import { messages } from './messages.data.ts';

/** The DevOps projects of a workspace that the user is in. */
export default function DevopsListPage({ params: { workspace } }: PageProps<'/workspaces/$workspace/devops'>) {
  const t = useMessages(messages);
  const create = useDialog('create');
  const button = (variant: 'primary' | 'plain') => (
    <Action icon={Plus} variant={variant} question={{ route: devops.create, path: { workspace } }} onRun={create.open}>
      {t('create')}
    </Action>
  );
  return (
    <PageFrame title={t('projects')} description={t('projectsText')} actions={button('primary')}>
      <PlaceTable
        label={t('projects')}
        route={devops.list}
        path={{ workspace }}
        hrefOf={devopsHref}
        settings={t('settings')}
        removal={{ route: devops.delete, title: t('remove'), consequence: t('removeText'), pathOf: placeOf }}
        empty={{ icon: Loop, title: t('emptyTitle'), text: t('emptyText'), action: button('plain') }}
      />
      <CreateDevops workspace={workspace} opened={create.opened} close={create.close} />
    </PageFrame>
  );
}
