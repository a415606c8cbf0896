/** Exceptions of an isolated project, as rules of NamespaceNetworkPolicies (pure). */
import type { NamespaceNetworkPolicy, NetworkPeer } from '@orrery/platform-kinds/types';

export const allowing = {
  group: 'network.kubesphere.io',
  version: 'v1alpha1',
  resource: 'namespacenetworkpolicies',
  apiVersion: 'network.kubesphere.io/v1alpha1',
  kind: 'NamespaceNetworkPolicy',
} as const;

export type Side = 'ingress' | 'egress';
export type PeerKind = 'project' | 'service' | 'addresses';
type Spec = NamespaceNetworkPolicy['spec'];
type Port = NonNullable<NonNullable<Spec['ingress']>[number]['ports']>[number];

/** One line of the list: one side, one other, of one rule. */
export interface Exception {
  readonly key: string;
  readonly policy: NamespaceNetworkPolicy;
  readonly side: Side;
  readonly rule: number;
  /** None where the rule names nobody, which says everybody. */
  readonly peer: number | undefined;
  readonly kind: PeerKind | 'everybody';
  readonly text: string;
  readonly ports: string;
}

interface Rule {
  readonly peers: readonly NetworkPeer[];
  readonly ports: readonly Port[];
}

const rulesOf = ({ spec }: NamespaceNetworkPolicy, side: Side): readonly Rule[] =>
  side === 'ingress'
    ? (spec.ingress ?? []).map(({ from = [], ports = [] }) => ({ peers: from, ports }))
    : (spec.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports }));

const portText = ({ port, protocol }: Port): string =>
  `${port ?? '*'}${protocol && protocol !== 'TCP' ? `/${protocol}` : ''}`;

function wordsOf({ ipBlock, namespace, service }: NetworkPeer): Pick<Exception, 'kind' | 'text'> {
  if (ipBlock) {
    const except = ipBlock.except?.length ? ` − ${ipBlock.except.join(', ')}` : '';
    return { kind: 'addresses', text: `${ipBlock.cidr}${except}` };
  }
  if (service) return { kind: 'service', text: `${service.namespace}/${service.name}` };
  return { kind: 'project', text: namespace?.name ?? '' };
}

export const exceptionsIn = (policies: readonly NamespaceNetworkPolicy[]): readonly Exception[] =>
  policies.flatMap(policy =>
    (['ingress', 'egress'] as const).flatMap(side =>
      rulesOf(policy, side).flatMap(({ peers, ports }, rule): Exception[] => {
        const base = { policy, side, rule, ports: ports.map(portText).join(', ') };
        const key = `${policy.metadata.name}/${side}/${rule}`;
        if (peers.length === 0) return [{ ...base, key, peer: undefined, kind: 'everybody', text: '' }];
        return peers.map((each, peer) => ({ ...base, key: `${key}/${peer}`, peer, ...wordsOf(each) }));
      }),
    ),
  );

/**
 * What is left of the policy without the exception; `undefined` when that is nothing, and the policy goes. A side that is left without rules
 * goes with its last one: as an empty list it would let nobody through.
 */
export function without({ policy, side, rule, peer }: Exception): Spec | undefined {
  const { [side]: _rules, policyTypes: types, ...others } = policy.spec;
  const left = rulesOf(policy, side).flatMap(({ peers, ports }, index): Rule[] => {
    if (index !== rule) return [{ peers, ports }];
    const kept = peers.filter((_, at) => at !== peer);
    return kept.length > 0 ? [{ peers: kept, ports }] : [];
  });
  const word = side === 'ingress' ? 'Ingress' : 'Egress';
  const rules = left.map(({ peers, ports }) => ({
    ...(peers.length > 0 && { [side === 'ingress' ? 'from' : 'to']: [...peers] }),
    ...(ports.length > 0 && { ports: [...ports] }),
  }));
  const spec: Spec = {
    ...others,
    ...(rules.length > 0 && { [side]: rules }),
    ...(types && { policyTypes: rules.length > 0 ? types : types.filter(type => type !== word) }),
  };
  return spec.ingress || spec.egress ? spec : undefined;
}

export const emptyException = {
  side: 'ingress',
  kind: 'project',
  namespace: '',
  service: '',
  cidr: '',
  except: '',
  ports: '',
};
export type ExceptionForm = Readonly<Record<keyof typeof emptyException, string>>;

const wordsIn = (text: string): string[] => text.split(/[\s,;]+/).filter(word => word !== '');

/** `10.0.0.0/8`, `2001:db8::/32`. */
export function isCidr(text: string): boolean {
  const [, address = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (four) return four.slice(1).every(part => Number(part) <= 255) && Number(bits) <= 32;
  return URL.canParse(`http://[${address}]/`) && address.includes(':') && Number(bits) <= 128;
}

/** `80`, `53/UDP`; undefined for what is none. */
export function portIn(text: string): Port | undefined {
  const [, number = '', protocol = 'TCP'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const port = Number(number);
  return port >= 1 && port <= 65_535 ? { port, protocol: protocol.toUpperCase() } : undefined;
}

/** Names of fields that are not filled in well. What exists is not looked at: that is the platform's matter. */
export function wrongIn({
  kind,
  namespace,
  service,
  cidr,
  except,
  ports,
}: ExceptionForm): readonly (keyof ExceptionForm)[] {
  const missing = (name: 'namespace' | 'service', text: string) => (text.trim() === '' ? [name] : []);
  return [
    ...(kind === 'addresses' ? [] : missing('namespace', namespace)),
    ...(kind === 'service' ? missing('service', service) : []),
    ...(kind === 'addresses' && !isCidr(cidr.trim()) ? (['cidr'] as const) : []),
    ...(kind === 'addresses' && !wordsIn(except).every(isCidr) ? (['except'] as const) : []),
    ...(wordsIn(ports).every(word => portIn(word)) ? [] : (['ports'] as const)),
  ];
}

function peerOf({ kind, namespace, service, cidr, except }: ExceptionForm): NetworkPeer {
  if (kind === 'project') return { namespace: { name: namespace.trim() } };
  if (kind === 'service') return { service: { name: service.trim(), namespace: namespace.trim() } };
  const parts = wordsIn(except);
  return { ipBlock: { cidr: cidr.trim(), ...(parts.length > 0 && { except: parts }) } };
}

/** A policy of its own for each, so that one is taken away without the others. */
export function policyOf(form: ExceptionForm): NamespaceNetworkPolicy {
  const ports = wordsIn(form.ports).flatMap(word => portIn(word) ?? []);
  const rest = ports.length > 0 ? { ports } : {};
  const peers = [peerOf(form)];
  return {
    apiVersion: allowing.apiVersion,
    kind: allowing.kind,
    metadata: { generateName: 'allow-' },
    spec: form.side === 'egress' ? { egress: [{ to: peers, ...rest }] } : { ingress: [{ from: peers, ...rest }] },
  };
}
