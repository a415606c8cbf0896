/** Defaults of resource.k8s.io/v1. */
import { each, fill } from '../fill.ts';
import type {
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  ResourceV1ResourceClaim,
  ResourceClaimSpec,
  ResourceClaimTemplate,
} from '../types.data.ts';

function defaultTolerations(tolerations: readonly DeviceToleration[] | undefined): void {
  for (const toleration of each(tolerations)) fill(toleration, { operator: 'Equal' });
}

function defaultRequest(request: ExactDeviceRequest | DeviceSubRequest): void {
  fill(request, { allocationMode: 'ExactCount' });
  if (request.allocationMode === 'ExactCount') fill(request, { count: 1 });
  defaultTolerations(request.tolerations);
}

function defaultClaimSpec({ devices }: ResourceClaimSpec): void {
  for (const { exactly, firstAvailable } of each(devices?.requests)) {
    if (exactly) defaultRequest(exactly);
    for (const request of each(firstAvailable)) defaultRequest(request);
  }
}

export const defaultResourceClaim = ({ spec }: ResourceV1ResourceClaim): void => defaultClaimSpec(spec);
export const defaultResourceClaimTemplate = ({ spec }: ResourceClaimTemplate): void => defaultClaimSpec(spec.spec);
