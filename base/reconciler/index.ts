export { createBackOff, type BackOffOptions } from './backoff.ts';
export {
  buildController,
  type ControllerBuilder,
  type OwnsSettings,
  type WatchedResource,
  type WatchSettings,
} from './builder.ts';
export { deepFreeze } from './cache.ts';
export {
  findCondition,
  isConditionTrue,
  removeCondition,
  setCondition,
  type Condition,
  type ConditionUpdate,
} from './conditions.ts';
export { createContext, type ContextOptions } from './context.ts';
export { TerminalError, runController, type ControllerContext } from './controller.ts';
export { jsonPatchOf, mergePatchOf, sameJson } from './diff.ts';
export { runWithLeaderElection, type ElectionOptions, type Lease } from './election.ts';
export { healthHandler, type Check, type Checks, type HealthOptions } from './health.ts';
export {
  allSynced,
  createInformerFactory,
  ownershipOnly,
  startInformer,
  withoutManagedFields,
  type InformerFactoryOptions,
} from './informer.ts';
export { readYourWrites, type ReadYourWritesOptions } from './read-your-writes.ts';
export {
  createManager,
  type ControllerFactory,
  type Manager,
  type ManagerOptions,
  type ManagerSettings,
  type Runnable,
} from './manager.ts';
export {
  createMetrics,
  createMetricsOf,
  type FamilyMetrics,
  type FamilyRegistry,
  type MetricLabels,
  type MetricName,
  type Metrics,
  type MetricsRegistry,
} from './metrics.ts';
export { latencyBounds, metricFamilies, type MetricFamily } from './metrics.data.ts';
export {
  and,
  annotationsChanged,
  generationChanged,
  isAdd,
  isDelete,
  isUpdate,
  labelsChanged,
  matchesLabels,
  not,
  ofNamespace,
  ofObject,
  or,
  resourceVersionChanged,
  type Predicate,
} from './predicates.ts';
export { createQueue, type KeyedQueue, type QueueObserver } from './queue.ts';
export { createRecorder, type RecorderOptions } from './recorder.ts';
export { createTrigger, ownedBy, ownerKeyOf, periodically, resync, watchOf, type OwnerKind } from './sources.ts';
export { aborted } from './together.ts';
export { inSlices } from './turns.ts';
export * from './types.ts';
export {
  createOrUpdate,
  ensureFinalizer,
  hasFinalizer,
  patchStatus,
  removeFinalizer,
  withController,
  type WriteContext,
  type WriteSettings,
  type Written,
} from './writes.ts';
