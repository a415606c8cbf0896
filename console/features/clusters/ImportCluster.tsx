import { useState } from 'react';
import { TextInput } from '@mantine/core';
import { PlugZap } from 'lucide-react';
import { clusters as routes } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { CreateDialog, NameFields } from '../../blocks/CreateDialog.tsx';
import { SelectField } from '../../blocks/SelectField.tsx';
import { useAction } from '../../data/calls.ts';
import { fieldProblems } from '../../data/problems.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { clusterFields, clusterOf, tags, type ClusterForm } from './cluster.ts';
import { KubeconfigInput } from './KubeconfigInput.tsx';
import { messages } from './messages.data.ts';
import styles from './clusters.module.css';

const empty = { name: '', alias: '', description: '', tag: '', provider: '', kubeconfig: '' };

export function ImportCluster({ opened, close }: { readonly opened: boolean; readonly close: () => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const form = useFields<ClusterForm & Readonly<Record<string, string>>>(empty);
  const [works, setWorks] = useState<string>();
  const validate = useAction(routes.validate);
  const { name, kubeconfig } = form.values;
  const test = async () => {
    setWorks(undefined);
    try {
      const { status } = await validate.run({ body: clusterOf(form.values) });
      setWorks(t('works', { version: status.kubernetesVersion ?? '' }));
    } catch (error) {
      const { fields, rest } = fieldProblems(error, { kubeconfig: clusterFields.kubeconfig });
      form.fail({ kubeconfig: fields['kubeconfig'] ?? rest });
    }
  };
  return (
    <CreateDialog
      title={t('import')}
      description={t('importText')}
      opened={opened}
      close={close}
      route={routes.create}
      options={() => ({ body: clusterOf(form.values) })}
      form={form}
      fields={clusterFields}
      ready={name.trim() !== '' && kubeconfig.trim() !== ''}
      done={t('imported', { name: name.trim() })}
      onLeave={() => setWorks(undefined)}
      wide
    >
      <NameFields form={form} />
      <div className={styles.pair}>
        <SelectField
          label={t('tag')}
          choices={['', ...tags].map(value => ({ value, title: t(`tag_${(value || 'none') as 'none'}`) }))}
          value={form.values.tag}
          onChange={tag => form.set('tag', tag)}
        />
        <TextInput {...form.input('provider')} label={`${t('provider')} (${c('optional')})`} autoComplete="off" />
      </div>
      <KubeconfigInput form={form} />
      <div className={styles.test}>
        <Action
          icon={PlugZap}
          disabledReason={kubeconfig.trim() === '' ? t('kubeconfigText') : undefined}
          pending={validate.pending}
          onRun={() => void test()}
        >
          {t('test')}
        </Action>
        <span role="status">{works}</span>
      </div>
    </CreateDialog>
  );
}
