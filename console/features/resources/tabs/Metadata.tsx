import { PlainTable } from '../../../blocks/PlainTable.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { messages } from '../messages.data.ts';
import styles from '../resources.module.css';
import type { TabProps } from './index.tsx';

/** What kubectl keeps for itself is the object once more. */
const long = 'kubectl.kubernetes.io/last-applied-configuration';

const code = (text: string) => <code className={styles.code}>{text}</code>;
const rowsOf = (pairs: Readonly<Record<string, string>> = {}) =>
  Object.entries(pairs)
    .filter(([key]) => key !== long)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => [code(key), <span key="value">{value}</span>]);

export function Metadata({ object: { metadata } }: TabProps) {
  const t = useMessages(messages);
  const head = [t('key'), t('value')];
  const own = [
    ...(metadata.ownerReferences ?? []).map(({ kind, name }) => [t('owner'), `${kind}/${name}`]),
    ...(metadata.finalizers ?? []).map(name => [t('finalizer'), code(name)]),
    ['UID', code(metadata.uid ?? '')],
    [t('version'), code(metadata.resourceVersion ?? '')],
  ];
  return (
    <div>
      <PlainTable
        title={t('labels')}
        label={t('labels')}
        head={head}
        empty={t('noLabels')}
        rows={rowsOf(metadata.labels)}
      />
      <PlainTable
        title={t('annotations')}
        label={t('annotations')}
        head={head}
        empty={t('noAnnotations')}
        rows={rowsOf(metadata.annotations)}
      />
      <PlainTable title={t('identity')} label={t('identity')} head={head} empty="" rows={own} />
    </div>
  );
}
