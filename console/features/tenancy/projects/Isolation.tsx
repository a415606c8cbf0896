import { Switch } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { KubeObject } from '@orrery/machinery/meta';
import { tenancy } from '@orrery/platform-contract/features';
import { systemWorkspace } from '@orrery/platform-kinds/names';
import { useReason, WithReason } from '../../../blocks/Action.tsx';
import { Card, CardBody } from '../../../blocks/card/Card.tsx';
import { useAccess, useAction, useCall } from '../../../data/calls.ts';
import { useCluster } from '../../../data/context.ts';
import { problemOf } from '../../../data/problems.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { useToasts } from '../../../ui/Toaster.tsx';
import { pathTo } from '../../../util/paths.ts';
import { isIsolated, isolationPatch, openTo } from './isolation.ts';
import styles from './project.module.css';
import { holdsPlatform, placeOf, workspaceOf } from './project.ts';
import { projectSettingsMessages } from './settings.data.ts';

/** Whom the project lets in, in words, and the switch. */
export function Isolation({ project }: { readonly project: KubeObject }) {
  const t = useMessages(projectSettingsMessages);
  const cluster = useCluster();
  const toasts = useToasts();
  const path = placeOf(project);
  const inWorkspace = workspaceOf(project) !== '' && workspaceOf(project) !== systemWorkspace;
  const seen = useAccess({ route: tenancy.workspace, path: { workspace: path.workspace } });
  const workspace = useCall(tenancy.workspace, {
    path: { workspace: path.workspace },
    when: inWorkspace && seen?.allowed === true,
  }).data;
  const patch = useAction(tenancy.patchProject);
  const fixed = !inWorkspace || holdsPlatform(project) ? t('onlyInWorkspace') : undefined;
  const reason = useReason({ route: tenancy.patchProject, path }, fixed);
  const open = openTo(project, workspace);
  const turn = async (isolated: boolean) => {
    try {
      await patch.run({ path, body: isolationPatch(isolated) as never });
      toasts.show({ tone: 'good', title: t(isolated ? 'isolated' : 'opened') });
    } catch (error) {
      toasts.show({ tone: 'bad', title: problemOf(error).message });
    }
  };
  return (
    <Card
      title={t('isolation')}
      description={t('isolationText')}
      aside={<Badge tone={open === 'everybody' ? 'quiet' : 'good'}>{t(`openTo_${open}`)}</Badge>}
    >
      <CardBody>
        <div>
          <WithReason reason={reason}>
            <Switch
              label={t('isolate')}
              description={t('isolateText')}
              checked={isIsolated(project) && inWorkspace}
              aria-disabled={reason !== undefined || patch.pending || undefined}
              onChange={event => {
                if (reason === undefined && !patch.pending) void turn(event.currentTarget.checked);
              }}
            />
          </WithReason>
        </div>
        {open === 'workspace' && <p className={styles.note}>{t('byWorkspace')}</p>}
        <p className={styles.note}>
          {t('exceptions')}{' '}
          <Link
            to={pathTo('/clusters/$cluster/projects/$namespace/networkpolicies', {
              cluster,
              namespace: path.namespace,
            })}
          >
            {t('policies')}
          </Link>
        </p>
      </CardBody>
    </Card>
  );
}
