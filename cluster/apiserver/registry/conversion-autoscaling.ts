/** `autoscaling/v1` HorizontalPodAutoscalers, stored as v2 (upstream `apis/autoscaling/v1/conversion.go`): what v1 has no field for travels in annotations. */
import type { KubeObject } from '@orrery/machinery/meta';
import { innerBehavior, newMetric, oldMetric, outerBehavior } from './conversion-metrics.ts';
import type { Metric, OldMetric } from './conversion-metrics.ts';
import type { Conversion } from './resource.ts';

interface Autoscaler extends KubeObject {
  spec?: Record<string, unknown> & {
    metrics?: Metric[] | null;
    targetCPUUtilizationPercentage?: number;
    behavior?: Record<string, unknown>;
  };
  status?: Record<string, unknown> & {
    currentMetrics?: Metric[] | null;
    currentCPUUtilizationPercentage?: number;
    conditions?: unknown[];
  };
}

const prefix = 'autoscaling.alpha.kubernetes.io';
const annotationOf = {
  metrics: `${prefix}/metrics`,
  behavior: `${prefix}/behavior`,
  conditions: `${prefix}/conditions`,
  currentMetrics: `${prefix}/current-metrics`,
};

const isCpu = (metric: Metric): boolean =>
  metric.type === 'Resource' &&
  metric['resource']?.name === 'cpu' &&
  metric['resource'].target?.averageUtilization !== undefined;

function annotate(object: Autoscaler, name: string, value: unknown): void {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return;
  object.metadata.annotations = { ...object.metadata.annotations, [name]: JSON.stringify(value) };
}

function take<T>(object: Autoscaler, name: string): T | undefined {
  const text = object.metadata.annotations?.[name];
  if (text === undefined) return undefined;
  const { [name]: _taken, ...rest } = object.metadata.annotations!;
  object.metadata.annotations = rest;
  if (Object.keys(rest).length === 0) delete object.metadata.annotations;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

function toV1(object: Autoscaler): KubeObject {
  const { metrics: given, behavior, ...spec } = object.spec ?? {};
  const metrics = given ?? [];
  const cpu = metrics.find(isCpu);
  if (cpu) spec.targetCPUUtilizationPercentage = cpu['resource']!.target!.averageUtilization;
  annotate(
    object,
    annotationOf.metrics,
    metrics.filter(metric => !isCpu(metric)).map(metric => oldMetric(metric, 'target')),
  );
  annotate(object, annotationOf.behavior, behavior && innerBehavior(behavior));
  const { currentMetrics: observed, conditions, ...status } = object.status ?? {};
  const currentMetrics = observed ?? [];
  const currentCpu = currentMetrics.find(metric => metric.type === 'Resource' && metric['resource']?.name === 'cpu');
  const utilization = currentCpu?.['resource']?.current?.averageUtilization;
  if (utilization !== undefined) status.currentCPUUtilizationPercentage = utilization;
  annotate(
    object,
    annotationOf.currentMetrics,
    currentMetrics.map(metric => oldMetric(metric, 'current')),
  );
  annotate(object, annotationOf.conditions, conditions);
  return { ...object, spec, status: { currentReplicas: 0, desiredReplicas: 0, ...status } } as KubeObject;
}

function toV2(object: Autoscaler): KubeObject {
  const { targetCPUUtilizationPercentage: cpu, ...spec } = object.spec ?? {};
  const metrics = (take<OldMetric[]>(object, annotationOf.metrics) ?? []).map(metric => newMetric(metric, 'target'));
  const target = { type: 'Utilization', averageUtilization: cpu };
  if (cpu !== undefined) metrics.unshift({ type: 'Resource', resource: { name: 'cpu', target } } as Metric);
  const behavior = outerBehavior(take<unknown>(object, annotationOf.behavior));
  const { currentCPUUtilizationPercentage: _current, ...status } = object.status ?? {};
  const observed = take<OldMetric[]>(object, annotationOf.currentMetrics);
  const currentMetrics = observed?.map(metric => newMetric(metric, 'current'));
  const conditions = take<unknown[]>(object, annotationOf.conditions);
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
  return {
    ...rest,
    spec: { ...spec, ...(metrics.length > 0 && { metrics }), ...(behavior !== undefined && { behavior }) },
    status: { ...status, currentMetrics: currentMetrics ?? null, ...(conditions && { conditions }) },
  } as KubeObject;
}

export const autoscalerConversion: Conversion = {
  fromStored: object => toV1(object as Autoscaler),
  toStored: object => toV2(object as Autoscaler),
};
