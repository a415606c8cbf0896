import type { KubeObject } from '@orrery/machinery/meta';
import { tenancy } from '@orrery/platform-contract/features';
import { annotations } from '@orrery/platform-kinds/names';
import type { PageProps } from '../../../blocks/page.ts';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { useAction } from '../../../data/calls.ts';
import { useLive } from '../../../data/live.ts';
import { useMessages } from '../../../ui/locale.ts';
import { pathTo } from '../../../util/paths.ts';
import { DeletePlace } from '../DeletePlace.tsx';
import { marksIn, marksPatch } from '../../../blocks/marks.ts';
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
  const patch = useAction(tenancy.patchProject);
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
      <DeletePlace
        name={path.namespace}
        title={t('deleteProject')}
        consequence={t('deleteProjectText')}
        route={tenancy.deleteProject}
        path={path}
        disabledReason={holdsPlatform(project) ? t('systemProject') : undefined}
        next={pathTo('/workspaces/$workspace/projects', { workspace: path.workspace })}
      />
    </>
  );
}
