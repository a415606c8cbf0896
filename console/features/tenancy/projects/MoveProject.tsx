import { useState } from 'react';
import { FolderInput } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import { roles, tenancy } from '@orrery/platform-contract/features';
import { Action } from '../../../blocks/Action.tsx';
import { Card, CardBody } from '../../../blocks/card/Card.tsx';
import { FormDialog } from '../../../blocks/FormDialog.tsx';
import { ObjectInput } from '../../../blocks/ObjectInput.tsx';
import { useSave } from '../../../blocks/useSave.ts';
import { useAccess, useAction, useCall } from '../../../data/calls.ts';
import { useFields } from '../../../ui/form.ts';
import { useMessages } from '../../../ui/locale.ts';
import { descriptionOf } from '../../../blocks/marks.ts';
import { messages } from '../messages.data.ts';
import styles from './project.module.css';
import { holdsPlatform, placeOf } from './project.ts';
import { projectSettingsMessages } from './settings.data.ts';

interface MoveProjectProps {
  readonly project: KubeObject;
}

/** The way of a project into another workspace. */
export function MoveProject({ project }: MoveProjectProps) {
  const t = useMessages(projectSettingsMessages);
  const m = useMessages(messages);
  const [opened, setOpened] = useState(false);
  const { namespace } = placeOf(project);
  return (
    <Card title={t('move')} description={t('moveHint')}>
      <CardBody>
        <div>
          <Action
            icon={FolderInput}
            question={{ route: tenancy.moveProject, path: { namespace } }}
            disabledReason={holdsPlatform(project) ? m('systemProject') : undefined}
            onRun={() => setOpened(true)}
          >
            {t('move')}
          </Action>
        </div>
      </CardBody>
      {opened && <MoveDialog project={project} close={() => setOpened(false)} />}
    </Card>
  );
}

const namesMax = 5;

function MoveDialog({ project, close }: MoveProjectProps & { readonly close: () => void }) {
  const t = useMessages(projectSettingsMessages);
  const { namespace, workspace: from } = placeOf(project);
  const move = useAction(tenancy.moveProject);
  const form = useFields({ workspace: '' });
  const saving = useSave(form, { workspace: 'workspace' });
  const workspace = form.values.workspace.trim();
  const submit = async () => {
    const done = await saving.run(
      () => move.run({ path: { namespace }, body: { workspace } }),
      t('moved', { name: namespace, workspace }),
    );
    if (done) close();
  };
  return (
    <FormDialog
      title={`${t('move')} · ${namespace}`}
      opened
      close={close}
      submit={t('move')}
      blocked={workspace === '' || workspace === from}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      <ObjectInput
        label={t('target')}
        route={tenancy.workspaces}
        value={form.values.workspace}
        error={form.errors.workspace ?? (workspace === from ? t('sameWorkspace') : undefined)}
        onChange={name => form.set('workspace', name)}
        hint={descriptionOf}
        autoFocus
      />
      <Changes namespace={namespace} />
    </FormDialog>
  );
}

/** What will be otherwise afterwards, and what will not. */
function Changes({ namespace }: { readonly namespace: string }) {
  const t = useMessages(projectSettingsMessages);
  const seen = useAccess({ route: roles.projectMembers, path: { namespace } })?.allowed === true;
  const query = { limit: namesMax, sortBy: 'name', ascending: 'true' } as never;
  const found = useCall(roles.projectMembers, { path: { namespace }, query, when: seen }).data;
  const names = found?.items.map(({ metadata }) => metadata.name).join(', ') ?? '';
  const count = found?.totalItems ?? 0;
  const shown = count > namesMax ? t('moreNames', { names, count: count - namesMax }) : names;
  const lines = [
    count > 0 ? t('membersGo', { count, names: shown }) : t('membersGoUnknown'),
    t('adminsCome'),
    t('quotaCounts'),
    t('networkChanges'),
    t('stays'),
  ];
  return (
    <section className={styles.changes} aria-label={t('changes')}>
      <strong>{t('changes')}</strong>
      <ul>
        {lines.map(line => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  );
}
