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

/** The old and the new field for a claim's source say the same where both can (`NormalizeDataSources`). */
function normalizeSources({ spec }: Claim): void {
  if (spec === undefined) return;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { apiGroup: null, ...dataSource };
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { apiGroup, kind } = dataSourceRef;
    const isOld =
      (!apiGroup && kind === 'PersistentVolumeClaim') || (apiGroup === snapshots && kind === 'VolumeSnapshot');
    if (isOld) spec.dataSource = { apiGroup: null, ...dataSourceRef };
  }
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
    normalizeSources(object as Claim);
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    normalizeSources(object as Claim);
  },
};
