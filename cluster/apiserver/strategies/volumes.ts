/** Persistent volumes and their claims start as pending. */
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';
import type { Loose } from './generic.ts';
import { keepStatus, statusOnly, withStatus } from './generic.ts';

export const volumeStrategy: Strategy = {
  ...withStatus,
  returnsDeleted: true,
  prepareForCreate(object, { nowMs }) {
    (object as Loose).status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(nowMs) };
  },
  subresources: {
    status: {
      prepareForUpdate(object, old, context) {
        const updated = statusOnly.prepareForUpdate(object, old, context) as Loose;
        const { phase, lastPhaseTransitionTime } = (old as Loose).status ?? {};
        const moved = updated.status?.phase !== phase && updated.status?.phase !== undefined;
        if (moved && updated.status!.lastPhaseTransitionTime === lastPhaseTransitionTime) {
          updated.status = { ...updated.status, lastPhaseTransitionTime: formatTime(context.nowMs) };
        }
        return updated;
      },
    },
  },
};

const snapshots = 'snapshot.storage.k8s.io';

const isOldSource = ({ apiGroup, kind }: Source): boolean =>
  (!apiGroup && kind === 'PersistentVolumeClaim') || (apiGroup === snapshots && kind === 'VolumeSnapshot');

/** Fields of gates that are off go, and sources that the old field never could name (`EnforceDataSourceBackwardsCompatibility`). */
function dropSources({ spec }: Claim, old: Claim | undefined): void {
  if (spec === undefined) return;
  if (spec.dataSourceRef?.namespace && !old?.spec?.dataSourceRef) delete spec.dataSourceRef;
  if (old?.spec?.dataSource || old?.spec?.dataSourceRef || spec.dataSourceRef) return;
  if (spec.dataSource && !isOldSource(spec.dataSource)) delete spec.dataSource;
}

/** The old and the new field for a claim's source say the same (`NormalizeDataSources`). */
function normalizeSources({ spec }: Claim): void {
  if (spec === undefined) return;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { apiGroup: null, ...dataSource };
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace)
    spec.dataSource = { apiGroup: null, ...dataSourceRef };
}

interface Claim extends KubeObject {
  spec?: { dataSource?: Source; dataSourceRef?: Source };
}

interface Source {
  apiGroup?: string | null;
  kind?: string;
  name?: string;
  namespace?: string;
}

export const claimStrategy: Strategy = {
  ...withStatus,
  returnsDeleted: true,
  prepareForCreate(object) {
    (object as Loose).status = { phase: 'Pending' };
    dropSources(object as Claim, undefined);
    normalizeSources(object as Claim);
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropSources(object as Claim, old as Claim);
    normalizeSources(object as Claim);
  },
};
