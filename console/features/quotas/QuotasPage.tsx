import { useState } from 'react';
import { Gauge, Pencil, Plus, Trash2 } from 'lucide-react';
import { quotas } from '@orrery/platform-contract/features';
import type { WorkspaceQuota } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { Card, CardBody, Titled } from '../../blocks/card/Card.tsx';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import type { PageProps } from '../../blocks/page.ts';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { PlainTable } from '../../blocks/PlainTable.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { quotaMessages } from '../../blocks/quota/messages.data.ts';
import { totalOf } from '../../blocks/quota/quota.ts';
import { useClusters } from '../../blocks/quota/useClusters.ts';
import { UsageBars, useResourceWord } from '../../blocks/quota/UsageBars.tsx';
import { useAction } from '../../data/calls.ts';
import { ClusterContext } from '../../data/context.ts';
import { useLive } from '../../data/live.ts';
import { useMessages } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { messages } from './messages.data.ts';
import { freeName, sharesOf } from './quota.ts';
import { QuotaDialog } from './QuotaDialog.tsx';
import styles from './quotas.module.css';

const many = { limit: 100, page: 1, sortBy: 'name', ascending: 'true' } as const;

/** The limits of a workspace in each cluster, and what is used of them. */
export default function QuotasPage({ params: { workspace } }: PageProps<'/workspaces/$workspace/quotas'>) {
  const t = useMessages(messages);
  const q = useMessages(quotaMessages);
  const { names, error } = useClusters(workspace);
  return (
    <PageFrame title={t('quotas')} description={t('about')}>
      {error && <Problem error={error} />}
      {names.map(name => (
        <ClusterContext key={name} value={name}>
          <Titled title={q('cluster', { cluster: name })}>
            <Quotas workspace={workspace} />
          </Titled>
        </ClusterContext>
      ))}
    </PageFrame>
  );
}

interface QuotasProps {
  readonly workspace: string;
}

function Quotas({ workspace }: QuotasProps) {
  const t = useMessages(messages);
  const q = useMessages(quotaMessages);
  const { data, error } = useLive(quotas.list, { path: { workspace }, query: many });
  const [adding, setAdding] = useState(false);
  const found = data?.items ?? [];
  const taken = found.map(({ metadata }) => metadata.name ?? '');
  const add = (
    <Action icon={Plus} question={{ route: quotas.create, path: { workspace } }} onRun={() => setAdding(true)}>
      {t('add')}
    </Action>
  );
  return (
    <div className={styles.quotas}>
      {error && <Problem error={error} />}
      {found.map(quota => (
        <Quota key={quota.metadata.uid} workspace={workspace} quota={quota} />
      ))}
      {data && found.length === 0 ? (
        <Card title={t('quotas')}>
          <Notice icon={Gauge} title={q('emptyTitle')} actions={add}>
            {q('emptyText')}
          </Notice>
        </Card>
      ) : (
        data && <div>{add}</div>
      )}
      {adding && <QuotaDialog workspace={workspace} name={freeName(workspace, taken)} close={() => setAdding(false)} />}
    </div>
  );
}

function Quota({ workspace, quota }: QuotasProps & { readonly quota: WorkspaceQuota }) {
  const t = useMessages(messages);
  const word = useResourceWord();
  const remove = useAction(quotas.delete);
  const [doing, setDoing] = useState<'edit' | 'remove'>();
  const name = quota.metadata.name ?? '';
  const path = { workspace, resourcequota: name };
  const close = () => setDoing(undefined);
  const usages = totalOf(quota);
  return (
    <Card
      title={name}
      aside={
        <>
          <Action
            icon={Trash2}
            variant="danger"
            question={{ route: quotas.delete, path }}
            onRun={() => setDoing('remove')}
          >
            {t('remove')}
          </Action>
          <Action icon={Pencil} question={{ route: quotas.update, path }} onRun={() => setDoing('edit')}>
            {t('edit')}
          </Action>
        </>
      }
    >
      {usages.length > 0 ? <UsageBars usages={usages} /> : <CardBody>{t('noLimits')}</CardBody>}
      <div className={styles.shares}>
        <PlainTable
          label={t('share')}
          title={t('share')}
          head={[t('project'), t('used')]}
          empty={t('noShares')}
          rows={sharesOf(quota).map(([project, used]) => [
            project,
            Object.entries(used)
              .map(([resource, amount]) => `${word(resource)} ${amount}`)
              .join(' · '),
          ])}
        />
      </div>
      {doing === 'edit' && <QuotaDialog workspace={workspace} quota={quota} name={name} close={close} />}
      <ConfirmDelete
        name={doing === 'remove' ? name : undefined}
        consequence={t('removeText')}
        close={close}
        onDelete={() => remove.run({ path })}
      />
    </Card>
  );
}
