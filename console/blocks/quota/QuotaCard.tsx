import { Link } from '@tanstack/react-router';
import { Gauge } from 'lucide-react';
import { quotas } from '@orrery/platform-contract/features';
import { Card, CardBody } from '../card/Card.tsx';
import { Problem } from '../Problem.tsx';
import { UsageBars } from './UsageBars.tsx';
import { ClusterContext } from '../../data/context.ts';
import { useLive } from '../../data/live.ts';
import { useMessages } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { pathTo } from '../../util/paths.ts';
import { quotaMessages } from './messages.data.ts';
import { totalOf } from './quota.ts';
import { useClusters } from './useClusters.ts';

interface QuotaCardProps {
  readonly workspace: string;
}

const many = { limit: 20, page: 1, sortBy: 'name', ascending: 'true' } as const;

/** How much of its limits a workspace uses, in each cluster that it may be in. */
export function QuotaCard({ workspace }: QuotaCardProps) {
  const t = useMessages(quotaMessages);
  const { names, error } = useClusters(workspace);
  return (
    <Card
      title={t('quotas')}
      aside={<Link to={pathTo('/workspaces/$workspace/quotas', { workspace })}>{t('all')}</Link>}
    >
      {error && <Problem error={error} />}
      {names.map(name => (
        <ClusterContext key={name} value={name}>
          <Used workspace={workspace} cluster={names.length > 1 ? name : undefined} />
        </ClusterContext>
      ))}
    </Card>
  );
}

function Used({ workspace, cluster }: QuotaCardProps & { readonly cluster: string | undefined }) {
  const t = useMessages(quotaMessages);
  const { data, error } = useLive(quotas.list, { path: { workspace }, query: many });
  if (error) return <Problem error={error} />;
  if (!data) return null;
  const usages = data.items.flatMap(totalOf);
  return (
    <>
      {cluster && <CardBody>{t('cluster', { cluster })}</CardBody>}
      {usages.length > 0 ? (
        <UsageBars usages={usages} />
      ) : (
        <Notice icon={Gauge} title={t('emptyTitle')}>
          {t('emptyText')}
        </Notice>
      )}
    </>
  );
}
