/** Binding a pod to a node: what the scheduler does (registry `pod/storage` BindingREST). */
import type { Binding, Pod } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import { badRequest, conflict, StatusError } from '@orrery/machinery/status';
import { Admission } from '../registry/admission.ts';
import type { Machine } from '../registry/machine.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';
import { uidConflict, update } from '../registry/update.ts';
import { storageKey } from '../registry/resource.ts';
import { decodeObject, readBodyValue } from './body.ts';
import { bodyInfo } from './kinds.ts';
import { plainJson } from './negotiate.ts';
import { writeRequestOf } from './options.ts';
import { answerObject } from './render.ts';
import type { SubresourceEndpoint } from './resources.ts';

const bindingKind = { group: '', version: 'v1', kind: 'Binding' };

export const created = answerObject(
  201,
  { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
  plainJson,
);

/** Upstream passes these on as they are: code 500 without a reason. */
function validate(binding: Binding): void {
  const { kind, name } = binding.target;
  if (kind && kind !== 'Node') {
    const message = `target.kind: Unsupported value: ${JSON.stringify(kind)}: supported values: "Node", "<empty>"`;
    throw new StatusError(500, undefined, message);
  }
  if (!name) throw new StatusError(500, undefined, 'target.name: Required value');
}

/** The pod as it is once bound. @throws StatusError 409 when it cannot be. */
export function boundPod(current: Pod & KubeObject, binding: Binding, nowMs: number): KubeObject {
  const name = current.metadata.name!;
  const refused = (why: string): StatusError => conflict({ group: '', resource: 'pods/binding', name }, why);
  if (current.metadata.deletionTimestamp) throw refused(`pod ${name} is being deleted, cannot be assigned to a host`);
  const nodeName = current.spec?.nodeName;
  if (nodeName) throw refused(`pod ${name} is already assigned to node ${JSON.stringify(nodeName)}`);
  if ((current.spec?.schedulingGates?.length ?? 0) > 0)
    throw refused(`pod ${name} has non-empty .spec.schedulingGates`);
  const pod = cloneJson(current) as Pod & KubeObject;
  pod.spec!.nodeName = binding.target.name;
  const { annotations, labels } = binding.metadata ?? {};
  if (annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  if (labels) pod.metadata.labels = { ...pod.metadata.labels, ...labels };
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: formatTime(nowMs),
  };
  const others = pod.status?.conditions?.filter(condition => condition.type !== 'PodScheduled') ?? [];
  pod.status = { ...pod.status, conditions: [...others, scheduled as never] };
  return pod as KubeObject;
}

/** `pods/{name}/binding`, and `bindings` where the body names the pod. */
export function createBindingEndpoint(machine: Machine, resources: Resources): SubresourceEndpoint {
  return async (context, info) => {
    const pods = resources.get('', 'v1', 'pods')!;
    const value = readBodyValue(context.request, 'Binding');
    context.requestObject = value;
    const given = decodeObject(bodyInfo(info, bindingKind), value, context) as KubeObject;
    const { namespace } = context.info;
    const name = context.info.name || given.metadata.name || '';
    if (given.metadata.name && given.metadata.name !== name) {
      throw badRequest('name in URL does not match name in Binding object');
    }
    given.metadata.namespace ??= namespace;
    const request = writeRequestOf(context, 'CreateOptions');
    const target = {
      operation: 'CREATE',
      info: pods,
      subresource: 'binding',
      kind: bindingKind,
      namespace,
      name,
    } as const;
    const admission = new Admission(machine, request, target);
    const binding = (await admission.admit(given)) as Binding & KubeObject;
    validate(binding);
    await admission.validate(binding);
    await bind(machine, pods, namespace, name, binding, request);
    return created;
  };
}

async function bind(
  machine: Machine,
  pods: ResourceInfo,
  namespace: string,
  name: string,
  binding: Binding & KubeObject,
  request: Parameters<typeof update>[2],
): Promise<void> {
  const { uid, resourceVersion } = binding.metadata;
  await update(
    machine,
    {
      info: pods,
      namespace,
      name,
      internal: true,
      subresource: 'binding',
      part: { prepareForUpdate: object => object, validateUpdate: () => [] },
      apply: current => {
        if (uid && uid !== current!.metadata.uid) {
          throw uidConflict(pods, name, storageKey(pods, namespace, name), uid, current!);
        }
        const pod = boundPod(current as Pod & KubeObject, binding, machine.clock.now());
        if (resourceVersion) pod.metadata.resourceVersion = resourceVersion;
        return pod;
      },
    },
    request,
  );
}
