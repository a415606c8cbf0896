import { devops } from '@orrery/platform-contract/features';
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
import { projectFields } from '../projects/project.ts';
import { messages } from './messages.data.ts';

type Props = PageProps<'/workspaces/$workspace/devops/$devops/settings'>;

export default function DevopsSettingsPage({ params: { workspace, devops: name } }: Props) {
  const t = useMessages(messages);
  const path = { workspace, devops: name };
  const { data: project, error } = useLive(devops.get, { path });
  const patch = useAction(devops.patch);
  return (
    <PageFrame title={t('settings')} description={t('settingsText')}>
      {error && <Problem error={error} />}
      {project && (
        <>
          <MarksForm
            key={project.metadata.uid}
            name={name}
            facts={[
              [t('workspace'), workspace],
              [t('creator'), project.metadata.annotations?.[annotations.creator] ?? '–'],
            ]}
            initial={marksIn(project)}
            question={{ route: devops.patch, path }}
            fields={projectFields}
            save={marks => patch.run({ path, body: { metadata: { annotations: marksPatch(marks) } } as never })}
          />
          <DeletePlace
            name={name}
            title={t('remove')}
            consequence={t('removeText')}
            route={devops.delete}
            path={path}
            next={pathTo('/workspaces/$workspace/devops', { workspace })}
          />
        </>
      )}
    </PageFrame>
  );
}
