import { Textarea } from '@mantine/core';
import type { Fields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';
import styles from './clusters.module.css';

export function KubeconfigInput({ form }: { readonly form: Pick<Fields<Record<string, string>>, 'input'> }) {
  const t = useMessages(messages);
  return (
    <Textarea
      {...form.input('kubeconfig')}
      label={t('kubeconfig')}
      description={t('kubeconfigText')}
      rows={8}
      autoComplete="off"
      spellCheck={false}
      classNames={{ input: styles.kubeconfig }}
    />
  );
}
