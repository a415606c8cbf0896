import { useState } from 'react';
import { useRouter } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import { tenancy } from '@orrery/platform-contract/features';
import { annotations } from '@orrery/platform-kinds/names';
import { Action } from '../../../blocks/Action.tsx';
import { Card, CardBody } from '../../../blocks/card/Card.tsx';
import { ConfirmDelete } from '../../../blocks/ConfirmDelete.tsx';
import type { PageProps } from '../../../blocks/page.ts';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { useAction } from '../../../data/calls.ts';
import { useLive } from '../../../data/live.ts';
import { useMessages } from '../../../ui/locale.ts';
import { pathTo } from '../../../util/paths.ts';
import { marksIn, marksPatch } from '../marks.ts';
import { MarksForm } from '../MarksForm.tsx';
import { messages } from '../messages.data.ts';
import { Isolation } from './Isolation.tsx';
import { MoveProject } from './MoveProject.tsx';
import { holdsPlatform, placeOf, projectFields, workspaceOf } from './project.ts';

type Props = PageProps<'/clusters/$cluster/projects/$namespace/settings'>;

export default function ProjectSettingsPage({ params: { namespace } }: Props) {
  const t = useMessages(messages);
  const { data: project, error } = useLive(tenancy.projectByName, { path: { namespace } });
  return (
    <PageFrame title={t('projectSettings')} description={t('projectSettingsText')}>
      {error && <Problem error={error} />}
      {project && <Settings key={project.metadata.uid} project={project} />}
    </PageFrame>
  );
}

function Settings({ project }: { readonly project: KubeObject }) {
  const t = useMessages(messages);
  const router = useRouter();
  const patch = useAction(tenancy.patchProject);
  const remove = useAction(tenancy.deleteProject);
  const [leaving, setLeaving] = useState(false);
  const path = placeOf(project);
  const facts = [
    [t('workspace'), workspaceOf(project) || '–'],
    [t('creator'), project.metadata.annotations?.[annotations.creator] ?? '–'],
  ] as const;
  return (
    <>
      <MarksForm
        name={path.namespace}
        facts={facts}
        initial={marksIn(project)}
        question={{ route: tenancy.patchProject, path }}
        fields={projectFields}
        save={marks => patch.run({ path, body: { metadata: { annotations: marksPatch(marks) } } as never })}
      />
      <Isolation project={project} />
      <MoveProject project={project} />
      <Card title={t('deleteProject')} description={t('deleteProjectText')} danger>
        <CardBody>
          <div>
            <Action
              icon={Trash2}
              variant="danger"
              question={{ route: tenancy.deleteProject, path }}
              disabledReason={holdsPlatform(project) ? t('systemProject') : undefined}
              onRun={() => setLeaving(true)}
            >
              {t('deleteProject')}
            </Action>
          </div>
        </CardBody>
      </Card>
      <ConfirmDelete
        name={leaving ? path.namespace : undefined}
        consequence={t('deleteProjectText')}
        close={() => setLeaving(false)}
        onDelete={() => remove.run({ path })}
        onDone={() => router.history.push(pathTo('/workspaces/$workspace/projects', { workspace: path.workspace }))}
      />
    </>
  );
}
