/** Where a pod's streams are on its node's kubelet (registry `pod/strategy.go` LogLocation, ExecLocation and friends). Pure. */
import type { Pod } from '@orrery/kinds/types';
import * as field from '@orrery/machinery/fieldpath';
import { badRequest } from '@orrery/machinery/status';
import type { Query } from '../chain/query.ts';
import { invalid } from '../registry/resource.ts';

/** A request to a kubelet. */
export interface KubeletTarget {
  readonly nodeName: string;
  /** Path and query. */
  readonly target: string;
}

const names = (containers: readonly { name: string }[] | undefined): string[] =>
  (containers ?? []).map(({ name }) => name);

/** The container meant: the one named, the annotated default, or the only one. @throws StatusError 400. */
export function containerOf(pod: Pod, asked: string): string {
  const { name } = pod.metadata!;
  const containers = names(pod.spec?.containers);
  const init = names(pod.spec?.initContainers);
  const ephemeral = names(pod.spec?.ephemeralContainers);
  if (asked !== '') {
    if ([...containers, ...init, ...ephemeral].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const annotated = pod.metadata?.annotations?.['kubectl.kubernetes.io/default-container'];
  if (annotated && containers.includes(annotated)) return annotated;
  if (containers.length === 1) return containers[0]!;
  let message = `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]`;
  if (init.length > 0) message += ` or one of the init containers: [${init.join(' ')}]`;
  if (ephemeral.length > 0) message += ` or one of the ephemeral containers: [${ephemeral.join(' ')}]`;
  throw badRequest(message);
}

const isTrue = (text: string | undefined): boolean => text === 'true' || text === '1';

/** The numbers of log options that have a lower bound. */
function checkLogOptions(podName: string, query: Query): void {
  const errors = [];
  for (const [name, least, why] of [
    ['tailLines', 0, 'must be greater than or equal to 0'],
    ['limitBytes', 1, 'must be greater than 0'],
    ['sinceSeconds', 1, 'must be greater than 0'],
  ] as const) {
    const text = query.get(name);
    if (text === undefined || text === '') continue;
    const value = Number(text);
    if (!Number.isInteger(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    if (value < least) errors.push(field.invalid(name, value, why));
  }
  if (query.has('sinceSeconds') && query.has('sinceTime')) {
    errors.push(field.forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  }
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, podName, errors);
}

const logOptions = [
  'follow',
  'previous',
  'timestamps',
  'sinceSeconds',
  'sinceTime',
  'tailLines',
  'limitBytes',
  'stream',
];

/** Undefined while the pod has no node: then there are no logs. */
export function logTarget(pod: Pod, query: Query): KubeletTarget | undefined {
  const { name, namespace } = pod.metadata!;
  checkLogOptions(name!, query);
  const container = containerOf(pod, query.get('container') ?? '');
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) return undefined;
  const options = new URLSearchParams();
  for (const option of logOptions) {
    const value = query.get(option);
    if (value !== undefined && value !== '' && value !== 'false')
      options.set(option, value === '1' && option === 'follow' ? 'true' : value);
  }
  const path = `/containerLogs/${segment(namespace!)}/${segment(name!)}/${segment(container)}`;
  return { nodeName, target: withQuery(path, options) };
}

const segment = encodeURIComponent;
const withQuery = (path: string, options: URLSearchParams): string => (options.size > 0 ? `${path}?${options}` : path);

/** Exec and attach. @throws StatusError 400 while the pod has no node. */
export function streamTarget(pod: Pod, action: 'exec' | 'attach', query: Query): KubeletTarget {
  const { name, namespace } = pod.metadata!;
  const container = containerOf(pod, query.get('container') ?? '');
  const nodeName = hostOf(pod);
  const options = new URLSearchParams();
  if (isTrue(query.get('stdin'))) options.set('input', '1');
  if (isTrue(query.get('stdout'))) options.set('output', '1');
  if (isTrue(query.get('stderr'))) options.set('error', '1');
  if (isTrue(query.get('tty'))) options.set('tty', '1');
  for (const word of query.all('command')) options.append('command', word);
  const path = `/${action}/${segment(namespace!)}/${segment(name!)}/${segment(container)}`;
  return { nodeName, target: withQuery(path, options) };
}

/** Port-forward. @throws StatusError 400 while the pod has no node. */
export function forwardTarget(pod: Pod, query: Query): KubeletTarget {
  const { name, namespace } = pod.metadata!;
  const nodeName = hostOf(pod);
  const options = new URLSearchParams();
  for (const ports of query.all('ports')) for (const port of ports.split(',')) options.append('port', port);
  return { nodeName, target: withQuery(`/portForward/${segment(namespace!)}/${segment(name!)}`, options) };
}

function hostOf(pod: Pod): string {
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) throw badRequest(`pod ${pod.metadata!.name} does not have a host assigned`);
  return nodeName;
}
