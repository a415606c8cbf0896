import { useState } from 'react';
import { Plus, Trash2 } from 'lucide-react';
import { isolation, tenancy } from '@orrery/platform-contract/features';
import { Action } from '../../../../blocks/Action.tsx';
import { ConfirmDelete } from '../../../../blocks/ConfirmDelete.tsx';
import type { PageProps } from '../../../../blocks/page.ts';
import { PageFrame } from '../../../../blocks/PageFrame.tsx';
import { useDialog } from '../../../../blocks/place.ts';
import { PlainTable } from '../../../../blocks/PlainTable.tsx';
import { Problem } from '../../../../blocks/Problem.tsx';
import { useClusterData } from '../../../../data/context.ts';
import { useLive } from '../../../../data/live.ts';
import { useMessages } from '../../../../ui/locale.ts';
import { Isolation, useOpenTo } from '../Isolation.tsx';
import { AddException } from './AddException.tsx';
import { allowing, exceptionsIn, without, type Exception } from './exceptions.ts';
import { isolationMessages } from './messages.data.ts';

type Props = PageProps<'/clusters/$cluster/projects/$namespace/isolation'>;

const all = { limit: 200, sortBy: 'name', ascending: 'true' } as const;
const emptyProject = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** Whom a project lets in, and the exceptions. */
export default function IsolationPage({ params: { namespace } }: Props) {
  const t = useMessages(isolationMessages);
  const create = useDialog('create');
  const { data: project, error } = useLive(tenancy.projectByName, { path: { namespace } });
  const open = useOpenTo(project ?? emptyProject(namespace));
  return (
    <PageFrame
      title={t('title')}
      description={t('about')}
      actions={
        <Action
          icon={Plus}
          variant="primary"
          question={{ verb: 'create', group: allowing.group, resource: allowing.resource, namespace }}
          onRun={create.open}
        >
          {t('add')}
        </Action>
      }
    >
      {error && <Problem error={error} />}
      {project && <Isolation project={project} here />}
      <Exceptions namespace={namespace} />
      {create.opened && <AddException namespace={namespace} open={open} close={create.close} />}
    </PageFrame>
  );
}

function Exceptions({ namespace }: { readonly namespace: string }) {
  const t = useMessages(isolationMessages);
  const { native } = useClusterData();
  const [leaving, setLeaving] = useState<Exception>();
  const found = useLive(isolation.exceptions, { path: { namespace }, query: all });
  const words = ({ kind, text }: Exception) => text || t(`kind_${kind}`);
  const remove = ({ policy, ...exception }: Exception) => {
    const { name = '' } = policy.metadata;
    const spec = without({ policy, ...exception });
    return spec === undefined
      ? native.delete(allowing, name, { namespace })
      : native.update(allowing, { ...policy, spec });
  };
  return (
    <>
      {found.error && <Problem error={found.error} />}
      {found.data && (
        <PlainTable
          title={t('exceptions')}
          label={t('exceptions')}
          head={[t('direction'), t('kind'), t('who'), t('ports'), '']}
          empty={t('none')}
          rows={exceptionsIn(found.data.items).map(exception => [
            t(exception.side === 'ingress' ? 'in' : 'out'),
            t(`kind_${exception.kind}`),
            <strong key="who">{exception.text || '–'}</strong>,
            exception.ports || t('allPorts'),
            <Action
              key="remove"
              icon={Trash2}
              question={{
                verb: 'delete',
                group: allowing.group,
                resource: allowing.resource,
                namespace,
                name: exception.policy.metadata.name ?? '',
              }}
              onRun={() => setLeaving(exception)}
            >
              {t('remove')}
            </Action>,
          ])}
        />
      )}
      <ConfirmDelete
        name={leaving && words(leaving)}
        consequence={t('removeText')}
        close={() => setLeaving(undefined)}
        onDelete={async () => leaving && remove(leaving)}
      />
    </>
  );
}
