import { useState } from 'react';
import { useRouter } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { roles, tenancy } from '@orrery/platform-contract/features';
import { annotations } from '@orrery/platform-kinds/names';
import type { WorkspaceTemplate } from '@orrery/platform-kinds/types';
import { Action } from '../../../blocks/Action.tsx';
import { Card, CardBody } from '../../../blocks/card/Card.tsx';
import { Form } from '../../../blocks/Form.tsx';
import { ObjectInput } from '../../../blocks/ObjectInput.tsx';
import type { PageProps } from '../../../blocks/page.ts';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { useSave } from '../../../blocks/useSave.ts';
import { useAction } from '../../../data/calls.ts';
import { useLive } from '../../../data/live.ts';
import { useOffer } from '../../../data/session.ts';
import { useFields } from '../../../ui/form.ts';
import { useMessages } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { marksIn, marksPatch } from '../../../blocks/marks.ts';
import { MarksForm } from '../MarksForm.tsx';
import { messages } from '../messages.data.ts';
import { isSystem, managerOf, managerPatch, workspaceFields } from '../workspace.ts';
import { Clusters } from './Clusters.tsx';
import { DeleteWorkspace } from './DeleteWorkspace.tsx';

type Props = PageProps<'/workspaces/$workspace/settings'>;
interface Part {
  readonly workspace: WorkspaceTemplate;
}

export default function WorkspaceSettingsPage({ params: { workspace: name } }: Props) {
  const t = useMessages(messages);
  const { data: workspace, error } = useLive(tenancy.workspace, { path: { workspace: name } });
  return (
    <PageFrame title={t('workspaceSettings')} description={t('workspaceSettingsText')}>
      {error && <Problem error={error} />}
      {workspace && <Settings key={workspace.metadata.uid} workspace={workspace} />}
    </PageFrame>
  );
}

function Settings({ workspace }: Part) {
  const t = useMessages(messages);
  const router = useRouter();
  const patch = useAction(tenancy.patchWorkspace);
  const [leaving, setLeaving] = useState(false);
  const offered = useOffer().data;
  const name = workspace.metadata.name ?? '';
  const path = { workspace: name };
  return (
    <>
      <MarksForm
        name={name}
        facts={[[t('creator'), workspace.metadata.annotations?.[annotations.creator] ?? '–']]}
        initial={marksIn(workspace)}
        question={{ route: tenancy.patchWorkspace, path }}
        fields={workspaceFields}
        save={marks => patch.run({ path, body: { metadata: { annotations: marksPatch(marks) } } as never })}
      />
      <Manager workspace={workspace} />
      {offered?.features.has('clusters') && <Clusters workspace={name} />}
      <Card title={t('deleteWorkspace')} description={t('deleteWorkspaceHint')} danger>
        <CardBody>
          <div>
            <Action
              icon={Trash2}
              variant="danger"
              question={{ route: tenancy.deleteWorkspace, path }}
              disabledReason={isSystem(workspace) ? t('systemWorkspace') : undefined}
              onRun={() => setLeaving(true)}
            >
              {t('deleteWorkspace')}
            </Action>
          </div>
        </CardBody>
      </Card>
      <DeleteWorkspace
        name={leaving ? name : undefined}
        close={() => setLeaving(false)}
        onDone={() => router.history.push('/workspaces')}
      />
    </>
  );
}

/** One person answers for a workspace: its administrator whom nobody can remove. */
function Manager({ workspace }: Part) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const path = { workspace: workspace.metadata.name ?? '' };
  const known = managerOf(workspace) ?? '';
  const form = useFields({ manager: known });
  const patch = useAction(tenancy.patchWorkspace);
  const saving = useSave(form, workspaceFields);
  const manager = form.values.manager.trim();
  const submit = () => void saving.run(() => patch.run({ path, body: managerPatch(manager) as never }));
  return (
    <Card title={t('manager')} description={t('managerText')}>
      <CardBody>
        <Form
          onSubmit={submit}
          problem={saving.problem}
          button={
            <Action
              variant="primary"
              question={{ route: tenancy.patchWorkspace, path }}
              disabledReason={manager === known || manager === '' ? t('nothingChanged') : undefined}
              pending={saving.pending}
              onRun={submit}
            >
              {c('save')}
            </Action>
          }
        >
          <ObjectInput
            label={t('manager')}
            route={roles.workspaceMembers}
            path={path}
            value={form.values.manager}
            error={form.errors.manager}
            onChange={name => form.set('manager', name)}
          />
        </Form>
      </CardBody>
    </Card>
  );
}
