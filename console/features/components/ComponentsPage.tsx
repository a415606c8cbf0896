import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { HeartPulse, RotateCw, Server } from 'lucide-react';
import { components as routes } from '@orrery/platform-contract/features';
import { Titled } from '../../blocks/card/Card.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { PlainTable } from '../../blocks/PlainTable.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { Tile, Tiles } from '../../blocks/tiles/Tiles.tsx';
import { useCall } from '../../data/calls.ts';
import { useCluster } from '../../data/context.ts';
import { Age } from '../../ui/Age.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { pathTo } from '../../util/paths.ts';
import { groupsOf, stateOf, tones, type Component, type Health } from './health.ts';
import { componentMessages } from './messages.data.ts';

/** Whether the parts of the system are well. */
export default function ComponentsPage() {
  const t = useMessages(componentMessages);
  const { data, error, again } = useCall(routes.health);
  return (
    <PageFrame
      title={t('title')}
      description={t('description')}
      actions={
        <Button variant="default" size="sm" leftSection={<RotateCw size={15} />} onClick={again}>
          {t('refresh')}
        </Button>
      }
    >
      {error && <Problem error={error} again={again} />}
      {data && <Shown health={data} />}
    </PageFrame>
  );
}

function Shown({ health }: { readonly health: Health }) {
  const t = useMessages(componentMessages);
  const cluster = useCluster();
  const { totalNodes, healthyNodes } = health.nodeStatus;
  const groups = groupsOf(health);
  const states = { running: healthyNodes, warning: totalNodes - healthyNodes };
  const all = health.kubesphereStatus;
  const well = groups.reduce((sum, group) => sum + group.well, 0);
  return (
    <>
      <Tiles columns={4}>
        <Tile
          icon={Server}
          title={t('nodes')}
          count={{ total: totalNodes, states }}
          href={pathTo('/clusters/$cluster/nodes', { cluster })}
        />
        {all.length > 0 && (
          <Tile
            icon={HeartPulse}
            title={t('title')}
            count={{ total: all.length, states: { running: well, warning: all.length - well } }}
          />
        )}
      </Tiles>
      {groups.length === 0 && (
        <Notice icon={HeartPulse} title={t('none')}>
          {t('noneText')}
        </Notice>
      )}
      {groups.map(({ namespace, components, well }) => (
        <Titled key={namespace} title={`${namespace} · ${t('inNamespace', { well, total: components.length })}`}>
          <PlainTable
            label={namespace}
            head={[t('name'), t('state'), t('ready'), t('age')]}
            empty={t('none')}
            rows={components.map(component => [
              <Link key="name" to={serviceHref(cluster, component)}>
                {component.name}
              </Link>,
              <State key="state" component={component} />,
              `${component.healthyBackends} / ${component.totalBackends}`,
              <Age key="age" time={component.startedAt} />,
            ])}
          />
        </Titled>
      ))}
    </>
  );
}

const serviceHref = (cluster: string, { namespace, name }: Component): string =>
  pathTo('/clusters/$cluster/projects/$namespace/services/$name', { cluster, namespace, name });

function State({ component: { healthyBackends, totalBackends } }: { readonly component: Component }) {
  const t = useMessages(componentMessages);
  const state = stateOf(healthyBackends, totalBackends);
  return <Badge tone={tones[state]}>{t(state)}</Badge>;
}
