import { Checkbox } from '@mantine/core';
import { clusters, type Cluster } from '@orrery/platform-contract/features';
import { useReason, WithReason } from '../../../blocks/Action.tsx';
import { Card, CardBody } from '../../../blocks/card/Card.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { useAction, useCall } from '../../../data/calls.ts';
import { problemOf } from '../../../data/problems.ts';
import { useMessages } from '../../../ui/locale.ts';
import { useToasts } from '../../../ui/Toaster.tsx';
import { messages } from '../messages.data.ts';
import { isPublic } from '../workspace.ts';

export interface ClustersProps {
  readonly workspace: string;
}

const many = { limit: 100, page: 1, sortBy: 'name', ascending: 'true' } as const;

/** In which clusters the workspace may have projects. */
export function Clusters({ workspace }: ClustersProps) {
  const t = useMessages(messages);
  const all = useCall(clusters.list, { query: many });
  const open = useCall(clusters.ofWorkspace, { path: { workspace }, query: many });
  const names = new Set(open.data?.items.map(({ metadata }) => metadata.name));
  const error = all.error ?? open.error;
  return (
    <Card title={t('clusters')} description={t('clustersText')}>
      <CardBody>
        {error && <Problem error={error} />}
        {open.data &&
          all.data?.items.map(cluster => (
            <Choice
              key={cluster.metadata.name}
              workspace={workspace}
              cluster={cluster}
              open={names.has(cluster.metadata.name)}
            />
          ))}
      </CardBody>
    </Card>
  );
}

interface ChoiceProps extends ClustersProps {
  readonly cluster: Cluster;
  readonly open: boolean;
}

function Choice({ workspace, cluster, open }: ChoiceProps) {
  const t = useMessages(messages);
  const toasts = useToasts();
  const grant = useAction(clusters.grantRequests);
  const name = cluster.metadata.name ?? '';
  const path = { cluster: name };
  const reason = useReason(
    { route: clusters.grantRequests, path },
    isPublic(cluster) ? t('clusterIsPublic') : undefined,
  );
  const turn = async () => {
    try {
      await grant.run({ path, body: [{ workspace, op: open ? 'remove' : 'add' }] });
      toasts.show({ tone: 'good', title: t(open ? 'clusterClosed' : 'clusterOpened', { name }) });
    } catch (error) {
      toasts.show({ tone: 'bad', title: problemOf(error).message });
    }
  };
  return (
    <WithReason reason={reason}>
      <Checkbox
        label={name}
        description={isPublic(cluster) ? t('clusterIsPublic') : undefined}
        checked={open}
        aria-disabled={reason !== undefined || undefined}
        onChange={() => reason === undefined && !grant.pending && void turn()}
      />
    </WithReason>
  );
}
