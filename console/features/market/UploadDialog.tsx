import { useState } from 'react';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { useAction } from '../../data/calls.ts';
import { useMessages } from '../../ui/locale.ts';
import styles from './market.module.css';
import { messages } from './messages.data.ts';
import { market } from '@orrery/platform-contract/features';

/** More than any chart has; pictures of containers are not in it. */
const chartMegabytesMax = 4;

/** A chart from one's own disk: nothing has to be fetched from anywhere. */
export function UploadDialog({ close }: { readonly close: () => void }) {
  const t = useMessages(messages);
  const upload = useAction(market.upload);
  const saving = useSave({ fail: () => {} }, {});
  const [chosen, setChosen] = useState<File>();
  const tooBig = chosen !== undefined && chosen.size > chartMegabytesMax * 1024 * 1024;
  const submit = async () => {
    if (!chosen) return;
    const send = async () => upload.run({ body: { chart: await base64Of(chosen) } });
    if (await saving.run(send, t('uploaded', { name: chosen.name }))) close();
  };
  return (
    <FormDialog
      title={t('upload')}
      description={t('uploadText')}
      opened
      close={close}
      submit={t('upload')}
      blocked={chosen === undefined || tooBig}
      pending={saving.pending}
      problem={tooBig ? t('tooBig', { max: chartMegabytesMax }) : saving.problem}
      onSubmit={() => void submit()}
    >
      <label className={styles.file}>
        <span>{t('chart')}</span>
        <input
          type="file"
          accept=".tgz,.tar.gz,application/gzip"
          data-autofocus
          onChange={event => {
            saving.clear();
            setChosen(event.currentTarget.files?.[0]);
          }}
        />
      </label>
    </FormDialog>
  );
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let letters = '';
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}
