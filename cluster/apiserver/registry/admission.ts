/** Runs the admission plug-ins for one write. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { AdmissionStep, AdmissionTimes } from '../metrics/admission.ts';
import type { AdmissionAttributes, AdmissionKind, AdmissionOperation, AdmissionPlugin } from '../types.ts';
import type { Machine, WriteRequest } from './machine.ts';
import type { ResourceInfo } from './resource.ts';

export interface AdmissionTarget {
  readonly operation: AdmissionOperation;
  readonly info: ResourceInfo;
  readonly subresource: string;
  /** The kind of the object when it is not the resource's own (scale, binding). */
  readonly kind?: AdmissionKind;
  readonly namespace: string;
  readonly name: string;
  readonly object?: KubeObject;
  readonly oldObject?: KubeObject;
}

/** One write's way through admission. `admit` and `validate` do nothing when no plug-in wants the write. */
export class Admission {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #attributes: AdmissionAttributes | undefined;
  readonly #times: AdmissionTimes | undefined;

  constructor(machine: Machine, request: WriteRequest, target: AdmissionTarget) {
    const { info, operation, subresource } = target;
    this.#plugins = machine.admission.filter(plugin => plugin.handles?.(operation, info, subresource) ?? true);
    this.#attributes = this.#plugins.length === 0 ? undefined : attributesOf(machine, request, target);
    this.#times = machine.admissionTimes;
  }

  /** Runs the mutating plug-ins, twice when one of them asks for it; answers the object to go on with. */
  async admit(object: KubeObject | undefined): Promise<KubeObject | undefined> {
    const attributes = this.#attributes;
    if (attributes === undefined) return object;
    attributes.object = object;
    await this.#step('admit', attributes);
    const { reinvocation } = attributes;
    if (reinvocation.needed) {
      reinvocation.isReinvoke = true;
      await this.#step('admit', attributes);
    }
    return attributes.object;
  }

  async validate(object: KubeObject | undefined): Promise<void> {
    const attributes = this.#attributes;
    if (attributes === undefined) return;
    attributes.object = object;
    await this.#step('validate', attributes);
  }

  /** All plug-ins in turn, and how long it took them. */
  async #step(type: AdmissionStep, attributes: AdmissionAttributes): Promise<void> {
    const times = this.#times;
    const { operation } = attributes;
    const startMs = times?.now() ?? 0;
    let running: AdmissionPlugin | undefined;
    let sinceMs = startMs;
    try {
      for (running of this.#plugins) {
        if (running[type] === undefined) continue;
        sinceMs = times?.now() ?? 0;
        const done = running[type]?.(attributes);
        if (done) await done;
        times?.observe(type, operation, false, sinceMs, running.name);
      }
    } catch (error) {
      times?.observe(type, operation, true, sinceMs, running?.name);
      times?.observe(type, operation, true, startMs);
      throw error;
    }
    times?.observe(type, operation, false, startMs);
  }
}

function attributesOf(machine: Machine, request: WriteRequest, target: AdmissionTarget): AdmissionAttributes {
  const { info } = target;
  return {
    operation: target.operation,
    kind: target.kind ?? { group: info.group, version: info.version, kind: info.kind },
    resource: { group: info.group, version: info.version, resource: info.resource },
    subresource: target.subresource,
    namespace: target.namespace,
    name: target.name,
    ...(target.oldObject && { oldObject: target.oldObject }),
    user: request.user,
    dryRun: request.dryRun,
    options: request.options,
    userAgent: request.userAgent,
    reads: machine.reads,
    ...(request.signal && { signal: request.signal }),
    reinvocation: { isReinvoke: false, needed: false, state: new Map() },
    warn: request.warn,
    annotate: request.annotate,
  };
}
