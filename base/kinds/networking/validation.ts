/** Validation of NetworkPolicy, IPAddress and ServiceCIDR (networking/validation). */
import { child, forbidden, index, invalid, invalidShown, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validatePathSegmentName, validatePortName } from '@orrery/machinery/names';
import { familyOf, masked, parseSloppyCidr, sloppyCidr, strictCidrProblems, strictIpProblems } from '../addresses.ts';
import { each } from '../fill.ts';
import { immutable } from '../meta.ts';
import { contains, labelSelector, portNumber, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  IPAddress,
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  ServiceCIDR,
} from '../types.data.ts';

const protocols = ['TCP', 'UDP', 'SCTP'];

function validatePolicyPort(errors: Errors, { protocol, port, endPort }: NetworkPolicyPort, path: FieldPath): void {
  if (protocol !== undefined && !protocols.includes(protocol))
    errors.push(notSupported(child(path, 'protocol'), protocol, protocols));
  const end = child(path, 'endPort');
  if (port === undefined) {
    if (endPort !== undefined) errors.push(invalid(end, endPort, 'may not be specified when `port` is not specified'));
  } else if (typeof port === 'string') {
    if (endPort !== undefined) errors.push(invalid(end, endPort, 'may not be specified when `port` is non-numeric'));
    tell(errors, child(path, 'port'), port, validatePortName(port));
  } else {
    portNumber(errors, port, child(path, 'port'));
    if (endPort === undefined) return;
    if (endPort < port) errors.push(invalid(end, endPort, 'must be greater than or equal to `port`'));
    portNumber(errors, endPort, end);
  }
}

function validateBlock(errors: Errors, block: IPBlock, path: FieldPath, kept: readonly string[]): void {
  if (!block.cidr) return void errors.push(required(child(path, 'cidr')));
  sloppyCidr(errors, block.cidr, child(path, 'cidr'), kept);
  const outer = parseSloppyCidr(block.cidr);
  if (!outer) return;
  each(block.except).forEach((text, at) => {
    const here = index(child(path, 'except'), at);
    sloppyCidr(errors, text, here, kept);
    const inner = parseSloppyCidr(text);
    if (inner && !(contains(outer, { ...inner, bytes: masked(inner) }) && inner.prefix > outer.prefix))
      errors.push(invalid(here, text, 'must be a strict subset of `cidr`'));
  });
}

function validatePeer(errors: Errors, peer: NetworkPolicyPeer, path: FieldPath, kept: readonly string[]): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  labelSelector(errors, podSelector, child(path, 'podSelector'));
  labelSelector(errors, namespaceSelector, child(path, 'namespaceSelector'));
  if (ipBlock) validateBlock(errors, ipBlock, child(path, 'ipBlock'), kept);
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(path, 'must specify a peer'));
  else if (ipBlock && (podSelector || namespaceSelector))
    errors.push(forbidden(path, 'may not specify both ipBlock and another peer'));
}

/** All ranges of a policy with their places. */
export function blocksOf({ spec }: NetworkPolicy): { path: FieldPath; value: string }[] {
  const found: { path: FieldPath; value: string }[] = [];
  const look = (peers: readonly NetworkPolicyPeer[], path: FieldPath): void =>
    peers.forEach(({ ipBlock }, at) => {
      if (!ipBlock) return;
      const here = child(index(path, at), 'ipBlock');
      found.push({ path: child(here, 'cidr'), value: ipBlock.cidr });
      each(ipBlock.except).forEach((value, place) => found.push({ path: index(child(here, 'except'), place), value }));
    });
  each(spec?.ingress).forEach(({ from }, at) => look(each(from), child(index('spec.ingress', at), 'from')));
  each(spec?.egress).forEach(({ to }, at) => look(each(to), child(index('spec.egress', at), 'to')));
  return found;
}

export const validateNetworkPolicy = (policy: NetworkPolicy): FieldError[] => validatePolicy(policy, []);

/** Ranges that the policy had before stay as they are. */
export const validateNetworkPolicyUpdate = (now: NetworkPolicy, old: NetworkPolicy): FieldError[] =>
  validatePolicy(
    now,
    blocksOf(old).map(({ value }) => value),
  );

function validatePolicy({ spec }: NetworkPolicy, kept: readonly string[]): FieldError[] {
  const errors: Errors = [];
  labelSelector(errors, spec.podSelector, 'spec.podSelector');
  each(spec.ingress).forEach(({ ports, from }, at) => {
    const path = index('spec.ingress', at);
    each(ports).forEach((port, place) => validatePolicyPort(errors, port, index(child(path, 'ports'), place)));
    each(from).forEach((peer, place) => validatePeer(errors, peer, index(child(path, 'from'), place), kept));
  });
  each(spec.egress).forEach(({ ports, to }, at) => {
    const path = index('spec.egress', at);
    each(ports).forEach((port, place) => validatePolicyPort(errors, port, index(child(path, 'ports'), place)));
    each(to).forEach((peer, place) => validatePeer(errors, peer, index(child(path, 'to'), place), kept));
  });
  const types = each(spec.policyTypes);
  if (types.length > 2)
    return [...errors, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  types.forEach((type, at) => {
    if (type !== 'Ingress' && type !== 'Egress')
      errors.push(notSupported(index('spec.policyTypes', at), type, ['Ingress', 'Egress']));
  });
  return errors;
}

export function validateIpAddress({ spec }: IPAddress): FieldError[] {
  const parent = spec.parentRef;
  if (!parent) return [required('spec.parentRef')];
  const errors: Errors = [];
  const path = 'spec.parentRef';
  if (parent.group) subdomain(errors, parent.group, child(path, 'group'));
  for (const name of ['resource', 'name', 'namespace'] as const) {
    const value = parent[name];
    if (value) tell(errors, child(path, name), value, validatePathSegmentName(value));
    else if (name !== 'namespace') errors.push(required(child(path, name)));
  }
  return errors;
}

/** The name of an address is the address, in its one form. */
export const ipName = (name: string): string[] => strictIpProblems(name);

export const validateIpAddressUpdate = (address: IPAddress, old: IPAddress): FieldError[] =>
  immutable(address.spec.parentRef, old.spec.parentRef, 'spec.parentRef');

const oneOfEachFamily = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';

export function validateServiceCidr({ spec }: ServiceCIDR): FieldError[] {
  const errors: Errors = [];
  const path = 'spec.cidrs';
  const ranges = each(spec.cidrs);
  if (ranges.length === 0) return [required(path, 'at least one CIDR required')];
  if (ranges.length > 2) return [invalidShown(path, JSON.stringify({ CIDRs: ranges }), 'may only hold up to 2 values')];
  ranges.forEach((range, at) => tell(errors, index(path, at), range, strictCidrProblems(range)));
  const [first, second] = ranges.map(parseSloppyCidr);
  if (first && second && familyOf(first.bytes) === familyOf(second.bytes))
    errors.push(invalid(path, ranges, oneOfEachFamily));
  return errors;
}

/** Ranges stay; one of the other family may be added. */
export function validateServiceCidrUpdate(now: ServiceCIDR, old: ServiceCIDR): FieldError[] {
  const [ranges, before] = [each(now.spec.cidrs), each(old.spec.cidrs)];
  const stays = 'field is immutable';
  const changed = before.flatMap((range, at) =>
    ranges[at] === range ? [] : [invalid(index('spec.cidrs', at), ranges[at], stays)],
  );
  if (ranges.length === before.length) return changed;
  if (before.length === 1 && ranges.length === 2) return [...changed, ...validateServiceCidr(now)];
  return [invalid('spec.cidrs', now.spec.cidrs ?? null, stays)];
}
