import { useState } from 'react';
import { Plus, ShieldCheck, Trash2 } from 'lucide-react';
import { roles } from '@orrery/platform-contract/features';
import type { PlatformRole } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { AgeCell, TextCell } from '../../blocks/cells.tsx';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useDialog } from '../../blocks/place.ts';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { isBuiltIn } from '../../blocks/roles/words.ts';
import { useAction } from '../../data/calls.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { CreateRole } from './CreateRole.tsx';
import { messages } from './messages.data.ts';
import { RoleCell, roleHref, useRoleText } from './RoleCell.tsx';

export default function RolesPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  const about = useRoleText();
  const create = useDialog('create');
  const remove = useAction(roles.deleteGlobalRole);
  const [leaving, setLeaving] = useState<string>();
  const button = (variant: 'primary' | 'plain') => (
    <Action icon={Plus} variant={variant} question={{ route: roles.createGlobalRole }} onRun={create.open}>
      {t('create')}
    </Action>
  );
  return (
    <PageFrame title={t('roles')} description={t('rolesText')} actions={button('primary')}>
      <ResourceTable<PlatformRole>
        label={t('roles')}
        route={roles.globalRoles}
        href={roleHref}
        initial={{ sortBy: 'name', ascending: true }}
        columns={[
          { key: 'name', title: c('name'), sortBy: 'name', width: '260px', cell: row => <RoleCell role={row} /> },
          { key: 'description', title: c('description'), cell: row => <TextCell>{about(row)}</TextCell> },
          { key: 'kind', title: t('kind'), width: '120px', cell: row => t(isBuiltIn(row) ? 'builtIn' : 'own') },
          { key: 'age', title: c('created'), sortBy: 'createTime', width: '110px', cell: row => <AgeCell row={row} /> },
        ]}
        actions={[
          {
            key: 'delete',
            title: t('remove'),
            icon: Trash2,
            danger: true,
            question: row => ({ route: roles.deleteGlobalRole, path: { globalrole: row.metadata.name ?? '' } }),
            disabledReason: row => (isBuiltIn(row) ? t('isBuiltIn') : undefined),
            onRun: row => setLeaving(row.metadata.name),
          },
        ]}
        empty={{ icon: ShieldCheck, title: t('emptyTitle'), text: t('emptyText'), action: button('plain') }}
      />
      <CreateRole opened={create.opened} close={create.close} />
      <ConfirmDelete
        name={leaving}
        consequence={t('removeText')}
        close={() => setLeaving(undefined)}
        onDelete={globalrole => remove.run({ path: { globalrole } })}
      />
    </PageFrame>
  );
}
