import type { Ingress, Service } from '@orrery/kinds/types';
import { PlainTable } from '../../../blocks/PlainTable.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { ObjectLink } from '../Cells.tsx';
import { messages } from '../messages.data.ts';
import type { TabProps } from './index.tsx';

export function Ports({ object }: TabProps) {
  const t = useMessages(messages);
  const { spec } = object as Service;
  return (
    <PlainTable
      label={t('tab_ports')}
      head={[t('name'), t('protocol'), t('port'), t('targetPort'), t('nodePort')]}
      empty={t('noPorts')}
      rows={(spec?.ports ?? []).map(({ name, protocol, port, targetPort, nodePort }) => [
        name,
        protocol,
        port,
        targetPort,
        nodePort,
      ])}
    />
  );
}

export function Rules({ object }: TabProps) {
  const t = useMessages(messages);
  const { spec, metadata } = object as Ingress;
  const rows = (spec?.rules ?? []).flatMap(({ host, http }) =>
    (http?.paths ?? []).map(({ path, pathType, backend: { service } }) => [
      host ?? '*',
      path ?? '/',
      pathType,
      service && (
        <ObjectLink key="service" to={{ resource: 'services', name: service.name }} namespace={metadata.namespace} />
      ),
      service?.port?.name ?? service?.port?.number,
    ]),
  );
  return (
    <PlainTable
      label={t('tab_rules')}
      head={[t('host'), t('path'), t('pathType'), t('service'), t('port')]}
      empty={t('noRules')}
      rows={rows}
    />
  );
}
