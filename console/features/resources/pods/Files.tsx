import { useRef, useState } from 'react';
import { TextInput } from '@mantine/core';
import { Download, FileArchive, FolderOpen, Upload } from 'lucide-react';
import type { Pod } from '@orrery/kinds/types';
import { terminal as routes } from '@orrery/platform-contract/features';
import { Action } from '../../../blocks/Action.tsx';
import { Card, CardBody, Columns } from '../../../blocks/card/Card.tsx';
import { Form } from '../../../blocks/Form.tsx';
import { saveBlob } from '../../../blocks/save.ts';
import { useSave } from '../../../blocks/useSave.ts';
import { useFields } from '../../../ui/form.ts';
import { useMessages } from '../../../ui/locale.ts';
import type { TabProps } from '../tabs/index.tsx';
import { ContainerSelect } from './ContainerSelect.tsx';
import { fileMessages } from './files.data.ts';
import { fileName, isPath, pathIn } from './pieces.ts';
import { Running } from './Running.tsx';
import { useFiles, type FilePlace } from './useFiles.ts';

/** Files out of a container that runs, and into it, for who may open a terminal there. */
export default function Files({ object }: TabProps) {
  const t = useMessages(fileMessages);
  const pod = object as Pod;
  const { name = '', namespace = '' } = pod.metadata;
  const [chosen, setChosen] = useState<string>();
  const words = { mayNot: t('mayNot'), notRunning: t('notRunning'), notRunningText: t('notRunningText') };
  return (
    <Running pod={pod} route={routes.downloadFile} icon={FolderOpen} words={words} chosen={chosen}>
      {(container, running) => {
        const place = { namespace, pod: name, container: container.name };
        return (
          <>
            {running.length > 1 && (
              <p>
                <ContainerSelect containers={running} value={container.name} onChange={setChosen} />
              </p>
            )}
            <Columns>
              <DownloadCard key={`down ${container.name}`} place={place} />
              <UploadCard key={`up ${container.name}`} place={place} />
            </Columns>
          </>
        );
      }}
    </Running>
  );
}

interface PlaceProps {
  readonly place: FilePlace;
}

function DownloadCard({ place }: PlaceProps) {
  const t = useMessages(fileMessages);
  const files = useFiles();
  const form = useFields({ path: '' });
  const saving = useSave(form, { path: 'path' });
  const { path } = form.values;
  const reason = isPath(path) ? undefined : t('fromRoot');
  const get = (raw: boolean) => {
    if (reason === undefined)
      void saving.run(
        async () => saveBlob(await files.download(place, path.trim(), raw), fileName(path, raw)),
        t('downloaded', { name: fileName(path, raw) }),
      );
  };
  return (
    <Card title={t('download')} description={t('downloadText')}>
      <CardBody>
        <Form
          onSubmit={() => get(true)}
          problem={saving.problem}
          button={
            <span style={{ display: 'inline-flex', flexWrap: 'wrap', gap: 8 }}>
              <Action
                icon={Download}
                variant="primary"
                disabledReason={reason}
                pending={saving.pending}
                onRun={() => get(true)}
              >
                {t('asFile')}
              </Action>
              <Action icon={FileArchive} disabledReason={reason} pending={saving.pending} onRun={() => get(false)}>
                {t('asArchive')}
              </Action>
            </span>
          }
        >
          <TextInput
            {...form.input('path')}
            label={t('path')}
            description={t('pathText')}
            placeholder="/etc/hosts"
            autoComplete="off"
            spellCheck={false}
          />
        </Form>
      </CardBody>
    </Card>
  );
}

function UploadCard({ place }: PlaceProps) {
  const t = useMessages(fileMessages);
  const files = useFiles();
  const form = useFields({ folder: '/tmp' });
  const saving = useSave(form, { folder: 'path' });
  const input = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<readonly File[]>([]);
  const [done, setDone] = useState(0);
  const { folder } = form.values;
  const total = chosen.reduce((sum, { size }) => sum + size, 0);
  const reason = chosen.length === 0 ? t('chooseFirst') : isPath(folder) ? undefined : t('fromRoot');
  const send = async () => {
    if (reason !== undefined) return;
    let before = 0;
    const sent = await saving.run(
      async () => {
        for (const file of chosen) {
          await files.upload(place, pathIn(folder, file.name), file, bytes => setDone(before + bytes));
          before += file.size;
        }
      },
      t('uploaded', { count: chosen.length, folder: folder.trim() }),
    );
    setDone(0);
    if (!sent) return;
    setChosen([]);
    if (input.current) input.current.value = '';
  };
  return (
    <Card title={t('upload')} description={t('uploadText')}>
      <CardBody>
        <Form
          onSubmit={() => void send()}
          problem={saving.problem}
          button={
            <Action
              icon={Upload}
              variant="primary"
              disabledReason={reason}
              pending={saving.pending}
              onRun={() => void send()}
            >
              {t('send')}
            </Action>
          }
        >
          <label>
            <span style={{ display: 'block', marginBottom: 4, fontSize: 13, fontWeight: 600 }}>{t('files')}</span>
            <input
              ref={input}
              type="file"
              multiple
              onChange={event => setChosen([...(event.currentTarget.files ?? [])])}
            />
          </label>
          <TextInput
            {...form.input('folder')}
            label={t('folder')}
            description={t('folderText')}
            autoComplete="off"
            spellCheck={false}
          />
          {saving.pending && <progress value={done} max={Math.max(total, 1)} aria-label={t('progress')} />}
        </Form>
      </CardBody>
    </Card>
  );
}
