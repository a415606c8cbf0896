/**
 * Fields upstream has but serves only when a feature that is off by default is on: a new object loses them. One list of paths per
 * feature; `[]` is every item of a list, `*` every value of a map.
 */
const claimOf = (spec: string): readonly (readonly string[])[] => [
  ['exactly.tolerations', 'firstAvailable[].tolerations'].map(field => `${spec}.devices.requests[].${field}`),
  [
    `${spec}.devices.constraints[].distinctAttribute`,
    `${spec}.devices.requests[].exactly.capacity`,
    `${spec}.devices.requests[].firstAvailable[].capacity`,
  ],
];

export const disabledFields: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'apps/statefulsets': [['spec.updateStrategy.rollingUpdate.maxUnavailable']],
  'autoscaling/horizontalpodautoscalers': [['spec.behavior.scaleUp.tolerance', 'spec.behavior.scaleDown.tolerance']],
  'coordination.k8s.io/leases': [['spec.strategy', 'spec.preferredHolder']],
  'resource.k8s.io/deviceclasses': [['spec.extendedResourceName']],
  'resource.k8s.io/resourceclaims': claimOf('spec'),
  'resource.k8s.io/resourceclaimtemplates': claimOf('spec.spec'),
  'resource.k8s.io/resourceslices': [
    ['spec.devices[].taints'],
    [
      'spec.sharedCounters',
      'spec.perDeviceNodeSelection',
      'spec.devices[].consumesCounters',
      'spec.devices[].nodeName',
      'spec.devices[].nodeSelector',
      'spec.devices[].allNodes',
    ],
    [
      'spec.devices[].bindsToNode',
      'spec.devices[].bindingConditions',
      'spec.devices[].bindingFailureConditions',
    ],
    ['spec.devices[].allowMultipleAllocations', 'spec.devices[].capacity.*.requestPolicy'],
  ],
};
