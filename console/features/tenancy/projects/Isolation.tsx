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
import { isIsolated, isolationPatch, openTo, type OpenTo } from './isolation.ts';
import styles from './project.module.css';
import { holdsPlatform, placeOf, workspaceOf } from './project.ts';
import { projectSettingsMessages } from './settings.data.ts';

const isInWorkspace = (project: KubeObject): boolean =>
  workspaceOf(project) !== '' && workspaceOf(project) !== systemWorkspace;

/** Whom the project lets in, by its own switch and by that of its workspace. */
export function useOpenTo(project: KubeObject): OpenTo {
  const { workspace: name } = placeOf(project);
  const inWorkspace = isInWorkspace(project);
  const seen = useAccess(inWorkspace ? { route: tenancy.workspace, path: { workspace: name } } : undefined);
  const when = inWorkspace && seen?.allowed === true;
  return openTo(project, useCall(tenancy.workspace, { path: { workspace: name }, when }).data);
}

export interface IsolationProps {
  readonly project: KubeObject;
  /** The exceptions stand below it. */
  readonly here?: boolean;
}

/** Whom the project lets in, in words, and the switch. */
export function Isolation({ project, here }: IsolationProps) {
  const t = useMessages(projectSettingsMessages);
  const cluster = useCluster();
  const toasts = useToasts();
  const path = placeOf(project);
  const inWorkspace = isInWorkspace(project);
  const open = useOpenTo(project);
  const patch = useAction(tenancy.patchProject);
  const fixed = !inWorkspace || holdsPlatform(project) ? t('onlyInWorkspace') : undefined;
  const reason = useReason({ route: tenancy.patchProject, path }, fixed);
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
        {!here && (
          <p className={styles.note}>
            {t('exceptions')}{' '}
            <Link
              to={pathTo('/clusters/$cluster/projects/$namespace/isolation', {
                cluster,
                namespace: path.namespace,
              })}
            >
              {t('exceptionsLink')}
            </Link>
          </p>
        )}
      </CardBody>
    </Card>
  );
}
