import { useState } from 'react';
import { Gauge, Pencil, Plus, Trash2 } from 'lucide-react';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { resources as routes } from '@orrery/platform-contract/features';
import { Action } from '../../../../blocks/Action.tsx';
import { Card, CardBody, Stack } from '../../../../blocks/card/Card.tsx';
import { ConfirmDelete } from '../../../../blocks/ConfirmDelete.tsx';
import type { PageProps } from '../../../../blocks/page.ts';
import { PageFrame } from '../../../../blocks/PageFrame.tsx';
import { Problem } from '../../../../blocks/Problem.tsx';
import { usagesOf } from '../../../../blocks/quota/quota.ts';
import { UsageBars } from '../../../../blocks/quota/UsageBars.tsx';
import { useClusterData } from '../../../../data/context.ts';
import { useLive } from '../../../../data/live.ts';
import { useMessages } from '../../../../ui/locale.ts';
import { common } from '../../../../ui/messages.data.ts';
import { Notice } from '../../../../ui/Notice.tsx';
import { Defaults } from './Defaults.tsx';
import { quotaPageMessages } from './messages.data.ts';
import type { LimitRange, ProjectQuota } from './objects.ts';
import { QuotaDialog } from './QuotaDialog.tsx';

type Props = PageProps<'/clusters/$cluster/projects/$namespace/quotas'>;

const all = { limit: 50, sortBy: 'name', ascending: 'true' } as const;

/** A project has few of them: all are shown. */
function useAll<T extends KubeObject>(kind: string, namespace: string) {
  const { data, error } = useLive(routes.listIn, { path: { namespace, resources: kind }, query: all as never });
  return { items: data?.items as readonly T[] | undefined, error };
}

/** How much a project may use, how much it uses, and what containers get that ask for nothing. */
export default function ProjectQuotasPage({ params: { namespace } }: Props) {
  const t = useMessages(quotaPageMessages);
  const { native } = useClusterData();
  const quotas = useAll<ProjectQuota>('resourcequotas', namespace);
  const ranges = useAll<LimitRange>('limitranges', namespace);
  const [editing, setEditing] = useState<ProjectQuota | 'new'>();
  const [leaving, setLeaving] = useState<string>();
  const names = new Set(quotas.items?.map(({ metadata }) => metadata.name));
  const add = (variant: 'primary' | 'plain') => (
    <Action
      icon={Plus}
      variant={variant}
      question={{ verb: 'create', resource: 'resourcequotas', namespace }}
      onRun={() => setEditing('new')}
    >
      {t('add')}
    </Action>
  );
  return (
    <PageFrame
      title={t('title')}
      description={t('description')}
      actions={quotas.items && quotas.items.length > 0 && add('primary')}
    >
      {quotas.error && <Problem error={quotas.error} />}
      <Stack>
        {quotas.items?.map(quota => (
          <QuotaCard
            key={quota.metadata.name}
            quota={quota}
            edit={() => setEditing(quota)}
            remove={() => setLeaving(quota.metadata.name)}
          />
        ))}
        {quotas.items?.length === 0 && (
          <Notice icon={Gauge} title={t('noQuota')} actions={add('primary')}>
            {t('noQuotaText')}
          </Notice>
        )}
        {ranges.error && !quotas.error && <Problem error={ranges.error} />}
        {ranges.items && (
          <Defaults
            key={ranges.items.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`).join()}
            namespace={namespace}
            ranges={ranges.items}
          />
        )}
      </Stack>
      {editing && (
        <QuotaDialog
          namespace={namespace}
          {...(editing !== 'new' && { quota: editing })}
          name={editing === 'new' ? freeName(namespace, names) : (editing.metadata.name ?? '')}
          close={() => setEditing(undefined)}
        />
      )}
      <ConfirmDelete
        name={leaving}
        consequence={t('deleteText')}
        close={() => setLeaving(undefined)}
        onDelete={name => native.delete(resources.resourcequotas, name, { namespace })}
      />
    </PageFrame>
  );
}

/** The first is called like the project, as KubeSphere calls it. */
function freeName(namespace: string, taken: ReadonlySet<string | undefined>): string {
  let name = namespace;
  for (let number = 2; taken.has(name); number++) name = `${namespace}-${number}`;
  return name;
}

interface QuotaCardProps {
  readonly quota: ProjectQuota;
  readonly edit: () => void;
  readonly remove: () => void;
}

const asksForAll = /^(requests\.|limits\.)?(cpu|memory)$/;

function QuotaCard({ quota: { metadata, spec, status }, edit, remove }: QuotaCardProps) {
  const t = useMessages(quotaPageMessages);
  const c = useMessages(common);
  const { name = '', namespace = '' } = metadata;
  const question = (verb: string) => ({ verb, resource: 'resourcequotas', namespace, name });
  const usages = usagesOf(spec?.hard, status?.used);
  const scopes = spec?.scopes ?? [];
  const needsAll = usages.some(usage => asksForAll.test(usage.name));
  return (
    <Card
      title={name}
      description={needsAll ? t('asksForAll') : t('rule')}
      aside={
        <>
          <Action icon={Pencil} question={question('patch')} onRun={edit}>
            {t('edit')}
          </Action>
          <Action icon={Trash2} variant="danger" question={question('delete')} onRun={remove}>
            {c('delete')}
          </Action>
        </>
      }
    >
      {usages.length > 0 ? <UsageBars usages={usages} /> : <CardBody>{t('nothingSet')}</CardBody>}
      {scopes.length > 0 && <CardBody>{t('scoped', { scopes: scopes.join(', ') })}</CardBody>}
    </Card>
  );
}
