/** Written by tools/gen from facts of Kubernetes v1.34; do not edit. */
import type { KubeObject } from '@orrery/machinery/meta';

export interface Lease extends KubeObject {
  spec: LeaseSpec;
}

export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
  strategy?: string;
  preferredHolder?: string;
}
