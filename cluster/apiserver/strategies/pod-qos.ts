/** Quality of service. Pure. */
import type { Pod } from '@orrery/kinds/types';

/** The pod's quality of service class, from the requests and limits of its containers (api `qos.ComputePodQOS`). */
export function qosClassOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const supported = ['cpu', 'memory'];
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const podLevel = pod.spec?.resources;
  const lists = podLevel ? [podLevel] : containers.map(container => container.resources ?? {});
  let any = false;
  let guaranteed = true;
  for (const { requests = {}, limits = {} } of lists) {
    const isSet = (quantity: unknown): boolean => quantity !== undefined && quantity !== '0' && quantity !== 0;
    for (const name of supported) {
      if (isSet(requests[name]) || isSet(limits[name])) any = true;
      if (!isSet(limits[name]) || (isSet(requests[name]) && requests[name] !== limits[name])) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
