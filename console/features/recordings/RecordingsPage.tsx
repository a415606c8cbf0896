import { useState } from 'react';
import { useRouter } from '@tanstack/react-router';
import { Download, Play, SquarePlay, Trash2 } from 'lucide-react';
import { terminal as routes, type Recording } from '@orrery/platform-contract/features';
import { TextCell } from '../../blocks/cells.tsx';
import cellStyles from '../../blocks/cells.module.css';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { timeText } from '../../blocks/terminal/cast.ts';
import { useAction } from '../../data/calls.ts';
import { problemOf } from '../../data/problems.ts';
import { Age } from '../../ui/Age.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { pathTo } from '../../util/paths.ts';
import { recordingMessages } from './messages.data.ts';
import { bytesText, stateTones, whereOf } from './recording.ts';
import { saveCast, useReadCast } from './useCast.ts';
import { Link } from '@tanstack/react-router';

const hrefOf = ({ metadata }: Recording) => pathTo('/recordings/$recording', { recording: metadata.name ?? '' });

/** What was on terminals' screens: the user's own, and those that he may look into. */
export default function RecordingsPage() {
  const t = useMessages(recordingMessages);
  const router = useRouter();
  const toasts = useToasts();
  const read = useReadCast();
  const remove = useAction(routes.deleteRecording);
  const [leaving, setLeaving] = useState<string>();
  const download = async ({ metadata: { name = '' } }: Recording) => {
    try {
      saveCast(await read(name), name);
    } catch (error) {
      toasts.show({ tone: 'bad', title: problemOf(error).message });
    }
  };
  return (
    <PageFrame title={t('title')} description={t('description')}>
      <ResourceTable<Recording>
        label={t('title')}
        route={routes.recordings}
        href={hrefOf}
        columns={[
          {
            key: 'user',
            title: t('user'),
            width: '150px',
            cell: row => (
              <Link to={hrefOf(row)} tabIndex={-1} className={cellStyles.link}>
                {row.spec.user}
              </Link>
            ),
          },
          { key: 'kind', title: t('kind'), width: '100px', cell: ({ spec }) => t(`kind_${spec.kind}`) },
          { key: 'where', title: t('where'), cell: row => <TextCell>{whereOf(row)}</TextCell> },
          {
            key: 'state',
            title: t('state'),
            width: '120px',
            cell: ({ status }) => <Badge tone={stateTones[status.state]}>{t(`state_${status.state}`)}</Badge>,
          },
          {
            key: 'length',
            title: t('length'),
            sortBy: 'seconds',
            width: '90px',
            cell: ({ status }) => timeText(status.seconds),
          },
          {
            key: 'size',
            title: t('size'),
            sortBy: 'bytes',
            width: '90px',
            cell: ({ status }) => bytesText(status.bytes),
          },
          {
            key: 'started',
            title: t('started'),
            sortBy: 'createTime',
            width: '110px',
            cell: ({ status }) => <Age time={status.startTime} />,
          },
        ]}
        actions={[
          { key: 'play', title: t('play'), icon: Play, onRun: row => router.history.push(hrefOf(row)) },
          { key: 'download', title: t('download'), icon: Download, onRun: row => void download(row) },
          {
            key: 'delete',
            title: t('delete'),
            icon: Trash2,
            danger: true,
            question: ({ metadata }) => ({ route: routes.deleteRecording, path: { recording: metadata.name ?? '' } }),
            onRun: ({ metadata }) => setLeaving(metadata.name),
          },
        ]}
        empty={{ icon: SquarePlay, title: t('none'), text: t('noneText') }}
      />
      <ConfirmDelete
        name={leaving}
        consequence={t('deleteText')}
        close={() => setLeaving(undefined)}
        onDelete={recording => remove.run({ path: { recording } })}
      />
    </PageFrame>
  );
}
