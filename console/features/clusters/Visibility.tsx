import { Checkbox } from '@mantine/core';
import { clusters as routes, tenancy, type Cluster } from '@orrery/platform-contract/features';
import { systemWorkspace } from '@orrery/platform-kinds/names';
import type { WorkspaceTemplate } from '@orrery/platform-kinds/types';
import { useReason, WithReason } from '../../blocks/Action.tsx';
import { Card, CardBody } from '../../blocks/card/Card.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { useAction } from '../../data/calls.ts';
import { useLive } from '../../data/live.ts';
import { problemOf } from '../../data/problems.ts';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { isPublic, visibilityPatch } from './cluster.ts';
import { messages } from './messages.data.ts';
import styles from './clusters.module.css';

interface Part {
  readonly cluster: Cluster;
}

const many = { limit: 100, page: 1, sortBy: 'name', ascending: 'true' } as const;

/** For which workspaces the cluster is. */
export function Visibility({ cluster }: Part) {
  const t = useMessages(messages);
  const { data, error } = useLive(tenancy.workspaces, { query: many });
  const isOpen = isPublic(cluster);
  const people = (data?.items ?? []).filter(({ metadata }) => metadata.name !== systemWorkspace);
  return (
    <Card title={t('visibility')} description={t('visibilityText')}>
      <CardBody>
        {error && <Problem error={error} />}
        <div className={styles.choices}>
          <ForAll cluster={cluster} />
          {!isOpen &&
            people.map(workspace => <ForOne key={workspace.metadata.name} cluster={cluster} workspace={workspace} />)}
        </div>
        {!isOpen && data && data.totalItems > data.items.length && <p>{t('moreWorkspaces')}</p>}
      </CardBody>
    </Card>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly checked: boolean;
  readonly reason: string | undefined;
  readonly pending: boolean;
  /** What is said when it is done; rejects with the error to say. */
  readonly turn: () => Promise<string>;
}

function Choice({ label, checked, reason, pending, turn }: ChoiceProps) {
  const toasts = useToasts();
  const run = async () => {
    try {
      toasts.show({ tone: 'good', title: await turn() });
    } catch (error) {
      toasts.show({ tone: 'bad', title: problemOf(error).message });
    }
  };
  return (
    <WithReason reason={reason}>
      <Checkbox
        label={label}
        checked={checked}
        aria-disabled={reason !== undefined || undefined}
        onChange={() => reason === undefined && !pending && void run()}
      />
    </WithReason>
  );
}

function ForAll({ cluster }: Part) {
  const t = useMessages(messages);
  const patch = useAction(routes.patch);
  const [name, isOpen] = [cluster.metadata.name ?? '', isPublic(cluster)];
  const path = { cluster: name };
  const everybody = t('public');
  return (
    <Choice
      label={t('isPublic')}
      checked={isOpen}
      reason={useReason({ route: routes.patch, path }, undefined)}
      pending={patch.pending}
      turn={async () => {
        await patch.run({ path, body: visibilityPatch(!isOpen) as never });
        return t(isOpen ? 'closed' : 'opened', { name, workspace: everybody });
      }}
    />
  );
}

function ForOne({ cluster, workspace: template }: Part & { readonly workspace: WorkspaceTemplate }) {
  const t = useMessages(messages);
  const grant = useAction(routes.grantRequests);
  const name = cluster.metadata.name ?? '';
  const workspace = template.metadata.name ?? '';
  const isOpen = template.spec.placement?.clusters?.some(place => place.name === name) === true;
  const path = { cluster: name };
  return (
    <Choice
      label={workspace}
      checked={isOpen}
      reason={useReason({ route: routes.grantRequests, path }, undefined)}
      pending={grant.pending}
      turn={async () => {
        await grant.run({ path, body: [{ workspace, op: isOpen ? 'remove' : 'add' }] });
        return t(isOpen ? 'closed' : 'opened', { name, workspace });
      }}
    />
  );
}
