import { ScrollText, SquareTerminal } from 'lucide-react';
import { Button } from '@mantine/core';
import type { Container, ContainerStatus, Pod, Volume } from '@orrery/kinds/types';
import { PlainTable } from '../../../blocks/PlainTable.tsx';
import { useSetSearch } from '../../../blocks/place.ts';
import { Age } from '../../../ui/Age.tsx';
import { Badge } from '../../../ui/Badge.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { ObjectLink } from '../Cells.tsx';
import { messages } from '../messages.data.ts';
import styles from '../resources.module.css';
import type { TabProps } from '../tabs/index.tsx';
import { containerState, containersOf, type Named } from './containers.ts';
import { podMessages } from './messages.data.ts';

/** What runs in a pod, and where its volumes come from. */
export default function Containers({ object }: TabProps) {
  const t = useMessages(podMessages);
  const pod = object as Pod;
  return (
    <div className={styles.entries}>
      {containersOf(pod).map(container => (
        <Card key={container.name} {...container} />
      ))}
      <PlainTable
        title={t('volumes')}
        label={t('volumes')}
        head={[t('volume'), t('kind'), t('from')]}
        empty={t('noVolumes')}
        rows={(pod.spec.volumes ?? []).map(volume => [volume.name, kindOf(volume), sourceOf(volume, pod)])}
      />
    </div>
  );
}

const kindOf = ({ name: _name, ...source }: Volume): string => Object.keys(source)[0] ?? 'emptyDir';

function sourceOf({ configMap, secret, persistentVolumeClaim: claim, hostPath, nfs }: Volume, { metadata }: Pod) {
  const { namespace } = metadata;
  if (configMap?.name)
    return <ObjectLink to={{ resource: 'configmaps', name: configMap.name }} namespace={namespace} />;
  if (secret?.secretName)
    return <ObjectLink to={{ resource: 'secrets', name: secret.secretName }} namespace={namespace} />;
  if (claim)
    return <ObjectLink to={{ resource: 'persistentvolumeclaims', name: claim.claimName }} namespace={namespace} />;
  return hostPath?.path ?? (nfs && `${nfs.server}:${nfs.path}`);
}

function Card({ name, role, container, status }: Named) {
  const t = useMessages(podMessages);
  const m = useMessages(messages);
  const setSearch = useSetSearch();
  const { tone, word, since, reason } = containerState(status);
  const open = (tab: string) => setSearch(() => ({ tab, container: name }));
  return (
    <section className={styles.container} aria-label={name}>
      <header>
        <h2>{name}</h2>
        <Badge tone={tone}>{word === 'other' ? reason : t(word)}</Badge>
        {role !== 'main' && <small>{t(role)}</small>}
        <span className={styles.spacer} />
        <Button variant="default" size="compact-sm" leftSection={<ScrollText size={14} />} onClick={() => open('logs')}>
          {m('tab_logs')}
        </Button>
        {status?.state?.running && (
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<SquareTerminal size={14} />}
            onClick={() => open('terminal')}
          >
            {m('tab_terminal')}
          </Button>
        )}
      </header>
      <dl>
        <Fact label={t('image')} value={<code className={styles.code}>{container.image}</code>} />
        <Fact label={t('restarts')} value={status?.restartCount ?? 0} />
        <Fact label={t('since')} value={since && <Age time={since} />} />
        <Fact label={t('last')} value={lastOf(status)} />
        <Fact label={t('ports')} value={portsOf(container)} />
        <Fact label={t('requests')} value={quantities(container.resources?.requests)} />
        <Fact label={t('limits')} value={quantities(container.resources?.limits)} />
        <Fact label={t('mounts')} value={container.volumeMounts?.map(({ mountPath }) => mountPath).join(', ')} />
      </dl>
      {status?.state?.waiting?.message && <p className={styles.trouble}>{status.state.waiting.message}</p>}
    </section>
  );
}

const Fact = ({ label, value }: { readonly label: string; readonly value: React.ReactNode }) =>
  value === undefined || value === '' ? null : (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );

const quantities = (values: Readonly<Record<string, string>> = {}): string =>
  Object.entries(values)
    .map(([name, quantity]) => `${name} ${quantity}`)
    .join(', ');

const portsOf = ({ ports = [] }: Container): string =>
  ports
    .map(({ containerPort, protocol, name }) => `${name ? `${name} ` : ''}${containerPort}/${protocol ?? 'TCP'}`)
    .join(', ');

const lastOf = (status: ContainerStatus | undefined): string | undefined => {
  const last = status?.lastState?.terminated;
  return last && `${last.reason ?? 'Exited'} (${last.exitCode})`;
};
