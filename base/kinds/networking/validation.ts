/** Validation of networking.k8s.io/v1 and discovery.k8s.io/v1. */
import {
  child,
  duplicate,
  forbidden,
  index,
  invalid,
  invalidShown,
  notSupported,
  required,
} from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateDns1123Label, validatePortName, validateWildcardDns1123Subdomain } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { immutable, sameJson } from '../meta.ts';
import {
  cidr,
  contains,
  domainPath,
  ip,
  labelSelector,
  nonSpecialIp,
  oneOf,
  oneOfIfSet,
  parseCidr,
  parseIp,
  portNumber,
  portNumberOrName,
  protocols,
  qualified,
  subdomain,
  tell,
} from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  EndpointSlice,
  Ingress,
  IngressBackend,
  IngressClass,
  IPAddress,
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  ServiceCIDR,
} from '../types.data.ts';

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

function validateBackend(errors: Errors, { service, resource }: IngressBackend, path: FieldPath): void {
  if (service && resource) return void errors.push(invalid(path, '', 'cannot set both resource and service backends'));
  if (resource) {
    if (!resource.kind) errors.push(required(child(path, 'resource', 'kind')));
    if (!resource.name) errors.push(required(child(path, 'resource', 'name')));
    return;
  }
  if (!service) return void errors.push(required(path, 'cannot set both resource and service backends'));
  const at = child(path, 'service');
  if (!service.name) errors.push(required(child(at, 'name')));
  else tell(errors, child(at, 'name'), service.name, validateDns1123Label(service.name));
  const { name, number } = service.port ?? {};
  if (name && number) errors.push(invalid(at, '', 'cannot set both port name & port number'));
  else if (name) tell(errors, child(at, 'port', 'name'), name, validatePortName(name));
  else if (number) portNumber(errors, number, child(at, 'port', 'number'));
  else errors.push(required(at, 'port name or number is required'));
}

function validateIngressPath(errors: Errors, value: string, type: string | undefined, path: FieldPath): void {
  if (type === 'ImplementationSpecific') {
    if (value !== '' && !value.startsWith('/')) errors.push(invalid(path, value, 'must be an absolute path'));
    return;
  }
  if (!value.startsWith('/')) errors.push(invalid(path, value, 'must be an absolute path'));
  for (const part of ['//', '/./', '/../', '%2f', '%2F']) {
    if (value.includes(part)) errors.push(invalid(path, value, `must not contain '${part}'`));
  }
  for (const end of ['/..', '/.'])
    if (value.endsWith(end)) errors.push(invalid(path, value, `cannot end with '${end}'`));
}

function validateHost(errors: Errors, host: string, path: FieldPath): void {
  if (host.includes('*')) tell(errors, path, host, validateWildcardDns1123Subdomain(host));
  else subdomain(errors, host, path);
}

export function validateIngress({ spec, metadata }: Ingress): FieldError[] {
  const errors: Errors = [];
  if (each(spec.rules).length === 0 && !spec.defaultBackend) {
    errors.push(invalidShown('spec', 'null', 'either `defaultBackend` or `rules` must be specified'));
  }
  if (spec.defaultBackend) validateBackend(errors, spec.defaultBackend, 'spec.defaultBackend');
  each(spec.rules).forEach(({ host, http }, at) => {
    const path = index('spec.rules', at);
    if (host && parseIp(host)) errors.push(invalid(child(path, 'host'), host, 'must be a DNS name, not an IP address'));
    else if (host) validateHost(errors, host, child(path, 'host'));
    if (!http) return;
    if (each(http.paths).length === 0) errors.push(required(child(path, 'http', 'paths')));
    each(http.paths).forEach((entry, place) => {
      const here = index(child(path, 'http', 'paths'), place);
      if (!entry.pathType) errors.push(required(child(here, 'pathType'), 'pathType must be specified'));
      else oneOfIfSet(errors, entry.pathType, pathTypes, child(here, 'pathType'));
      if (entry.pathType) validateIngressPath(errors, entry.path ?? '', entry.pathType, child(here, 'path'));
      validateBackend(errors, entry.backend, child(here, 'backend'));
    });
  });
  each(spec.tls).forEach(({ hosts, secretName }, at) => {
    const path = index('spec.tls', at);
    each(hosts).forEach((host, place) => validateHost(errors, host, index(child(path, 'hosts'), place)));
    if (secretName) subdomain(errors, secretName, child(path, 'secretName'));
  });
  if (spec.ingressClassName !== undefined) subdomain(errors, spec.ingressClassName, 'spec.ingressClassName');
  const annotation = metadata.annotations?.['kubernetes.io/ingress.class'];
  if (annotation !== undefined && spec.ingressClassName !== undefined && annotation !== spec.ingressClassName) {
    errors.push(
      invalid(
        'annotations.kubernetes.io/ingress.class',
        annotation,
        'must match `ingressClassName` when both are specified',
      ),
    );
  }
  return errors;
}

export function validateIngressClass({ spec }: IngressClass): FieldError[] {
  const errors: Errors = [];
  if (spec.controller) {
    if (spec.controller.length > 250)
      errors.push({ type: 'tooLong', field: 'spec.controller', message: 'Too long: may not be more than 250 bytes' });
    domainPath(errors, spec.controller, 'spec.controller');
  } else errors.push(required('spec.controller'));
  const parameters = spec.parameters;
  if (!parameters) return errors;
  const path = 'spec.parameters';
  if (parameters.apiGroup) subdomain(errors, parameters.apiGroup, child(path, 'apiGroup'));
  if (!parameters.kind) errors.push(required(child(path, 'kind')));
  if (!parameters.name) errors.push(required(child(path, 'name')));
  if (!parameters.scope) errors.push(required(child(path, 'scope')));
  else oneOfIfSet(errors, parameters.scope, ['Cluster', 'Namespace'], child(path, 'scope'));
  if (parameters.scope === 'Namespace' && !parameters.namespace)
    errors.push(required(child(path, 'namespace'), "`parameters.scope` is set to 'Namespace'"));
  if (parameters.scope === 'Cluster' && parameters.namespace)
    errors.push(forbidden(child(path, 'namespace'), "`parameters.scope` is set to 'Cluster'"));
  return errors;
}

export const validateIngressClassUpdate = (ingressClass: IngressClass, old: IngressClass): FieldError[] => [
  ...immutable(ingressClass.spec.controller, old.spec.controller, 'spec.controller'),
  ...validateIngressClass(ingressClass),
];

function validatePolicyPort(errors: Errors, { protocol, port, endPort }: NetworkPolicyPort, path: FieldPath): void {
  oneOfIfSet(errors, protocol, protocols, child(path, 'protocol'));
  if (port === undefined) {
    if (endPort !== undefined)
      errors.push(invalid(child(path, 'endPort'), endPort, 'may not be specified when `port` is not specified'));
    return;
  }
  portNumberOrName(errors, port, child(path, 'port'));
  if (endPort === undefined) return;
  if (typeof port === 'string')
    errors.push(invalid(child(path, 'endPort'), endPort, 'may not be specified when `port` is non-numeric'));
  else {
    if (port > endPort)
      errors.push(invalid(child(path, 'endPort'), endPort, 'must be greater than or equal to `port`'));
    portNumber(errors, endPort, child(path, 'endPort'));
  }
}

function validateBlock(errors: Errors, block: IPBlock, path: FieldPath): void {
  if (!block.cidr) return void errors.push(required(child(path, 'cidr')));
  const outer = cidr(errors, block.cidr, child(path, 'cidr'));
  if (!outer) return;
  each(block.except).forEach((text, at) => {
    const here = index(child(path, 'except'), at);
    const inner = cidr(errors, text, here);
    if (inner && !(contains(outer, inner) && inner.prefix > outer.prefix))
      errors.push(invalid(here, text, 'must be a strict subset of `cidr`'));
  });
}

function validatePeer(errors: Errors, peer: NetworkPolicyPeer, path: FieldPath): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  labelSelector(errors, podSelector, child(path, 'podSelector'));
  labelSelector(errors, namespaceSelector, child(path, 'namespaceSelector'));
  if (ipBlock) validateBlock(errors, ipBlock, child(path, 'ipBlock'));
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(path, 'must specify a peer'));
  else if (ipBlock && (podSelector || namespaceSelector))
    errors.push(forbidden(path, 'may not specify both ipBlock and another peer'));
}

export function validateNetworkPolicy({ spec }: NetworkPolicy): FieldError[] {
  const errors: Errors = [];
  labelSelector(errors, spec.podSelector, 'spec.podSelector');
  each(spec.ingress).forEach(({ ports, from }, at) => {
    const path = index('spec.ingress', at);
    each(ports).forEach((port, place) => validatePolicyPort(errors, port, index(child(path, 'ports'), place)));
    each(from).forEach((peer, place) => validatePeer(errors, peer, index(child(path, 'from'), place)));
  });
  each(spec.egress).forEach(({ ports, to }, at) => {
    const path = index('spec.egress', at);
    each(ports).forEach((port, place) => validatePolicyPort(errors, port, index(child(path, 'ports'), place)));
    each(to).forEach((peer, place) => validatePeer(errors, peer, index(child(path, 'to'), place)));
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
  if (!parent.resource) errors.push(required('spec.parentRef.resource'));
  if (!parent.name) errors.push(required('spec.parentRef.name'));
  return errors;
}

export const ipName = (name: string): string[] =>
  parseIp(name) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];

export const validateIpAddressUpdate = (address: IPAddress, old: IPAddress): FieldError[] => [
  ...validateIpAddress(address),
  ...immutable(address.spec.parentRef, old.spec.parentRef, 'spec.parentRef'),
];

export function validateServiceCidr({ spec }: ServiceCIDR): FieldError[] {
  const errors: Errors = [];
  const ranges = each(spec.cidrs);
  if (ranges.length === 0) return [required('spec.cidrs', 'at least one CIDR required')];
  if (ranges.length > 2) return [invalid('spec.cidrs', ranges, 'may only hold up to 2 values')];
  const parsed = ranges.map(parseCidr);
  if (ranges.length === 2 && parsed[0] && parsed[1] && parsed[0].bytes.length === parsed[1].bytes.length) {
    errors.push(
      invalid(
        'spec.cidrs',
        ranges,
        'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ),
    );
  }
  ranges.forEach((range, at) => {
    const path = index('spec.cidrs', at);
    const found = cidr(errors, range, path);
    if (found && !contains({ bytes: found.bytes, prefix: found.bytes.length * 8 }, maskedTo(found))) {
      errors.push(invalid(path, range, 'must not have bits set beyond the prefix length'));
    }
  });
  return errors;
}

/** The network's own address. */
const maskedTo = ({ bytes, prefix }: { bytes: readonly number[]; prefix: number }) => ({
  prefix: bytes.length * 8,
  bytes: bytes.map((byte, at) => byte & (0xff << (8 - Math.min(8, Math.max(0, prefix - at * 8)))) & 0xff),
});

export const validateServiceCidrUpdate = (range: ServiceCIDR, old: ServiceCIDR): FieldError[] => {
  const [first, second] = [each(range.spec.cidrs), each(old.spec.cidrs)];
  const kept = second.every((text, at) => first[at] === text);
  return kept ? [] : [invalid(index('spec.cidrs', 0), first[0] ?? null, 'field is immutable')];
};

export function validateEndpointSlice({ addressType, endpoints, ports }: EndpointSlice): FieldError[] {
  const errors: Errors = [];
  if (!addressType) errors.push(required('addressType'));
  else oneOfIfSet(errors, addressType, ['FQDN', 'IPv4', 'IPv6'], 'addressType');
  each(endpoints).forEach((endpoint, at) => {
    const path = index('endpoints', at);
    const addresses = each(endpoint.addresses);
    if (addresses.length === 0) errors.push(required(child(path, 'addresses'), 'must contain at least 1 address'));
    if (addresses.length > 100)
      errors.push({
        type: 'tooMany',
        field: child(path, 'addresses'),
        message: `Too many: ${addresses.length}: must have at most 100 items`,
      });
    addresses.forEach((address, place) => {
      const here = index(child(path, 'addresses'), place);
      if (addressType === 'FQDN') subdomain(errors, address, here);
      else if (ip(errors, address, here)) {
        if (parseIp(address)!.length !== (addressType === 'IPv4' ? 4 : 16))
          errors.push(invalid(here, address, `must be an ${addressType} address`));
        nonSpecialIp(errors, address, here);
      }
    });
    if (endpoint.nodeName !== undefined) subdomain(errors, endpoint.nodeName, child(path, 'nodeName'));
    if (endpoint.hostname !== undefined)
      tell(errors, child(path, 'hostname'), endpoint.hostname, validateDns1123Label(endpoint.hostname));
  });
  const names = new Set<string>();
  each(ports).forEach((port, at) => {
    const path = index('ports', at);
    const name = port.name ?? '';
    if (name !== '') tell(errors, child(path, 'name'), name, validateDns1123Label(name));
    if (names.has(name)) errors.push(duplicate(child(path, 'name'), name));
    names.add(name);
    oneOf(errors, port.protocol, protocols, child(path, 'protocol'));
    if (port.port !== undefined) portNumber(errors, port.port, child(path, 'port'));
    if (port.appProtocol) qualified(errors, port.appProtocol, child(path, 'appProtocol'));
  });
  return errors;
}

export const validateEndpointSliceUpdate = (slice: EndpointSlice, old: EndpointSlice): FieldError[] => [
  ...validateEndpointSlice(slice),
  ...(sameJson(slice.addressType, old.addressType) ? [] : immutable(slice.addressType, old.addressType, 'addressType')),
];
