import type { Container, EnvVar, PodSpec } from '@orrery/kinds/types';
import { PlainTable } from '../../../blocks/PlainTable.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { ObjectLink } from '../Cells.tsx';
import type { Loose } from '../kinds/objects.ts';
import { messages } from '../messages.data.ts';
import styles from '../resources.module.css';
import type { TabProps } from './index.tsx';

const podSpecOf = (object: Loose): PodSpec | undefined =>
  object.kind === 'Pod'
    ? (object.spec as unknown as PodSpec)
    : (object.spec?.['template'] as { spec?: PodSpec } | undefined)?.spec;

/** What the containers are told; values of secrets stay where they are. */
export function Environment({ object }: TabProps) {
  const t = useMessages(messages);
  const spec = podSpecOf(object);
  const namespace = object.metadata.namespace;
  return (
    <div>
      {[...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(container => (
        <PlainTable
          key={container.name}
          title={container.name}
          label={container.name}
          head={[t('key'), t('value'), t('source')]}
          empty={t('noEnvironment')}
          rows={rowsOf(container, namespace)}
        />
      ))}
    </div>
  );
}

const rowsOf = ({ env = [], envFrom = [] }: Container, namespace: string | undefined) => [
  ...envFrom.map(({ configMapRef, secretRef, prefix }) => [
    <code key="name" className={styles.code}>
      {prefix ?? ''}*
    </code>,
    undefined,
    sourceLink(configMapRef ? 'configmaps' : 'secrets', (configMapRef ?? secretRef)?.name, namespace),
  ]),
  ...env.map(variable => [
    <code key="name" className={styles.code}>
      {variable.name}
    </code>,
    variable.value,
    sourceOf(variable, namespace),
  ]),
];

function sourceOf({ valueFrom }: EnvVar, namespace: string | undefined) {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom ?? {};
  if (configMapKeyRef) return sourceLink('configmaps', configMapKeyRef.name, namespace, configMapKeyRef.key);
  if (secretKeyRef) return sourceLink('secrets', secretKeyRef.name, namespace, secretKeyRef.key);
  const field = fieldRef?.fieldPath ?? resourceFieldRef?.resource;
  return field ? <code className={styles.code}>{field}</code> : undefined;
}

const sourceLink = (resource: string, name: string | undefined, namespace: string | undefined, key?: string) =>
  name ? (
    <>
      <ObjectLink to={{ resource, name }} namespace={namespace} />
      {key && ` · ${key}`}
    </>
  ) : undefined;
