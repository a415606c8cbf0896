import { useState } from 'react';
import { Pencil, Plus, ShieldCheck, Trash2 } from 'lucide-react';
import type { PlatformRole } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { AgeCell, TextCell } from '../../blocks/cells.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useDialog } from '../../blocks/place.ts';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { messages } from './messages.data.ts';
import { originOf, placeOf, type RoleParams } from './place.ts';
import { RoleCell, useRoleWords } from './RoleCell.tsx';
import { CreateRole, EditRole } from './RoleDialogs.tsx';
import { RemoveRole } from './RemoveRole.tsx';
import { useFixed } from './useRemoval.ts';

/** The roles of the platform, a cluster, a workspace or a project. */
export default function RolesPage({ params }: { readonly params: RoleParams }) {
  const place = placeOf(params);
  const t = useMessages(messages);
  const c = useMessages(common);
  const { aboutOf } = useRoleWords(place);
  const fixed = useFixed(place);
  const create = useDialog('create');
  const [editing, setEditing] = useState<PlatformRole>();
  const [leaving, setLeaving] = useState<PlatformRole>();
  const nameOf = ({ metadata }: PlatformRole) => metadata.name ?? '';
  const button = (variant: 'primary' | 'plain') => (
    <Action icon={Plus} variant={variant} question={{ route: place.create, path: place.path }} onRun={create.open}>
      {t('create')}
    </Action>
  );
  return (
    <PageFrame title={t(`roles_${place.kind}`)} description={t(`text_${place.kind}`)} actions={button('primary')}>
      <ResourceTable<PlatformRole>
        label={t(`roles_${place.kind}`)}
        route={place.list}
        path={place.path}
        href={row => place.hrefOf(nameOf(row))}
        initial={{ sortBy: 'name', ascending: true }}
        columns={[
          {
            key: 'name',
            title: c('name'),
            sortBy: 'name',
            width: '260px',
            cell: row => <RoleCell place={place} role={row} />,
          },
          { key: 'description', title: c('description'), cell: row => <TextCell>{aboutOf(row)}</TextCell> },
          { key: 'kind', title: t('kind'), width: '120px', cell: row => t(originOf(place, row)) },
          { key: 'age', title: c('created'), sortBy: 'createTime', width: '110px', cell: row => <AgeCell row={row} /> },
        ]}
        actions={[
          {
            key: 'edit',
            title: t('edit'),
            icon: Pencil,
            question: row => ({ route: place.patch, path: place.pathOf(nameOf(row)) }),
            disabledReason: fixed,
            onRun: setEditing,
          },
          {
            key: 'delete',
            title: t('remove'),
            icon: Trash2,
            danger: true,
            question: row => ({ route: place.remove, path: place.pathOf(nameOf(row)) }),
            disabledReason: fixed,
            onRun: setLeaving,
          },
        ]}
        empty={{ icon: ShieldCheck, title: t('emptyTitle'), text: t('emptyText'), action: button('plain') }}
      />
      <CreateRole place={place} opened={create.opened} close={create.close} />
      {editing && <EditRole place={place} role={editing} close={() => setEditing(undefined)} />}
      {leaving && <RemoveRole place={place} role={leaving} close={() => setLeaving(undefined)} />}
    </PageFrame>
  );
}
