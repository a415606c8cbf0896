/** Values of a pod that its containers may ask for: `fieldRef` and `resourceFieldRef`. */
import type { Container, Pod, ResourceFieldSelector } from '@orrery/kinds/types';
import { parseQuantity } from '@orrery/machinery/quantity';
import { nameOf, namespaceOf, uidOf } from '../pods/pod.ts';

export interface PodAddresses {
  /** The pod's addresses; empty until its sandbox is up. */
  podIps: readonly string[];
  hostIps: readonly string[];
}

/** The text of a field. Throws for a path that the downward API does not offer. */
export function podField(pod: Pod, path: string, addresses: PodAddresses): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) return pod.metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2]!] ?? '';
  const reader = readers[path];
  if (!reader) throw new Error(`unsupported fieldPath: ${path}`);
  return reader(pod, addresses);
}

const readers: Record<string, (pod: Pod, addresses: PodAddresses) => string> = {
  'metadata.name': nameOf,
  'metadata.namespace': namespaceOf,
  'metadata.uid': uidOf,
  'metadata.labels': pod => formatMap(pod.metadata.labels),
  'metadata.annotations': pod => formatMap(pod.metadata.annotations),
  'spec.nodeName': pod => pod.spec.nodeName ?? '',
  'spec.serviceAccountName': pod => pod.spec.serviceAccountName ?? '',
  'status.hostIP': (_, { hostIps }) => hostIps[0] ?? '',
  'status.hostIPs': (_, { hostIps }) => hostIps.join(','),
  'status.podIP': (_, { podIps }) => podIps[0] ?? '',
  'status.podIPs': (_, { podIps }) => podIps.join(','),
};

/** `key="value"` lines, sorted, as downward API files have them. */
export const formatMap = (map: Record<string, string> | undefined): string =>
  Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .join('\n');

const shortEscapes: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '"': '\\"', '\\': '\\\\' };

/** Go's `%q`. */
const goQuote = (text: string): string => `"${[...text].map(quoteLetter).join('')}"`;

function quoteLetter(letter: string): string {
  const code = letter.charCodeAt(0);
  const control = code < 0x20 || code === 0x7f;
  return shortEscapes[letter] ?? (control ? `\\x${code.toString(16).padStart(2, '0')}` : letter);
}

/**
 * An amount of a container's resources in units of the divisor, rounded up. A limit that is not set is the node's allocatable amount, a
 * request that is not set is zero.
 */
export function resourceField(
  container: Container,
  selector: ResourceFieldSelector,
  allocatable: Record<string, string>,
): string {
  const [list, ...rest] = selector.resource.split('.');
  const name = rest.join('.');
  if (list !== 'limits' && list !== 'requests')
    throw new Error(`Unsupported container resource : ${selector.resource}`);
  const own = container.resources?.[list]?.[name];
  const amount = own ?? (list === 'limits' ? allocatable[name] : undefined) ?? '0';
  const divisor = selector.divisor && selector.divisor !== '0' ? selector.divisor : '1';
  const [a, b] = [parseQuantity(amount).nano, parseQuantity(divisor).nano];
  return ((a + b - 1n) / b).toString();
}
