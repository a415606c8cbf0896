/** Which labels a kubelet may set on its own Node. Facts of `kubelet/pkg/apis` and NodeRestriction. Pure. */

const own = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'node.kubernetes.io/windows-build',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]);

const ownNamespaces = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const reservedNamespaces = ['kubernetes.io', 'k8s.io'];

const within = (namespace: string, domains: readonly string[]): boolean =>
  domains.some(domain => namespace === domain || namespace.endsWith(`.${domain}`));

type Labels = Readonly<Record<string, string>> | undefined;

/** Keys that differ between two label sets. */
export function changedLabels(labels: Labels = {}, old: Labels = {}): string[] {
  return [...new Set([...Object.keys(labels), ...Object.keys(old)])].filter(key => labels[key] !== old[key]);
}

/** The changed labels that are not the kubelet's to change, sorted: `node-restriction.kubernetes.io` among others of Kubernetes' own. */
export const forbiddenLabels = (changed: readonly string[]): string[] =>
  changed
    .filter(label => {
      const namespace = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
      return within(namespace, reservedNamespaces) && !own.has(label) && !within(namespace, ownNamespaces);
    })
    .toSorted();
