/** Validation of services (core/validation `ValidateService`). Addresses and node ports themselves belong to their allocators. */
import { child, duplicate, forbidden, index, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { shownInternal } from '../internal-form.ts';
import { validateLabels } from '../meta.ts';
import {
  cidr,
  ip,
  label,
  nonSpecialIp,
  oneOf,
  oneOfIfSet,
  parseIpSloppy,
  portNumber,
  portNumberOrName,
  protocols,
  qualified,
  subdomain,
} from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Service, ServicePort, ServiceSpec } from '../types.data.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
export const isHeadless = ({ clusterIPs }: ServiceSpec): boolean =>
  clusterIPs?.length === 1 && clusterIPs[0] === 'None';

function validatePort(errors: Errors, port: ServicePort, named: boolean, seen: Set<string>, path: FieldPath): void {
  if (named && !port.name) errors.push(required(child(path, 'name')));
  else if (port.name) {
    label(errors, port.name, child(path, 'name'));
    if (seen.has(port.name)) errors.push(duplicate(child(path, 'name'), port.name));
    seen.add(port.name);
  }
  portNumber(errors, port.port ?? 0, child(path, 'port'));
  oneOf(errors, port.protocol, protocols, child(path, 'protocol'));
  portNumberOrName(errors, port.targetPort, child(path, 'targetPort'));
  if (port.appProtocol !== undefined) qualified(errors, port.appProtocol, child(path, 'appProtocol'));
}

/** Ports that are told twice, of the node and of the service. */
function repeatedPorts(errors: Errors, spec: ServiceSpec): void {
  const ports = each(spec.ports);
  if (spec.type === 'ClusterIP') {
    ports.forEach(({ nodePort }, at) => {
      const here = child(index('spec.ports', at), 'nodePort');
      if (nodePort) errors.push(forbidden(here, "may not be used when `type` is 'ClusterIP'"));
    });
  }
  const [nodePorts, numbers] = [new Set<string>(), new Set<string>()];
  ports.forEach(({ protocol, nodePort }, at) => {
    const node = `${protocol}/${nodePort}`;
    if (nodePort && nodePorts.has(node)) errors.push(duplicate(child(index('spec.ports', at), 'nodePort'), nodePort));
    nodePorts.add(node);
  });
  ports.forEach(({ protocol, port }, at) => {
    const number = `${protocol}/${port}`;
    const shown = (): string => shownInternal('core.v1.ServicePort', { protocol, port });
    if (numbers.has(number))
      errors.push({ type: 'duplicate', field: index('spec.ports', at), message: `Duplicate value: ${shown()}` });
    numbers.add(number);
  });
}

function validateType(errors: Errors, spec: ServiceSpec): void {
  const { type, clusterIPs, ipFamilies, ipFamilyPolicy } = spec;
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec))
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`));
  if (type !== 'ExternalName') return;
  const refuse = (field: string): void =>
    void errors.push(forbidden(field, 'may not be set for ExternalName services'));
  if (each(clusterIPs).length > 0) refuse('spec.clusterIPs');
  if (each(ipFamilies).length > 0) refuse('spec.ipFamilies');
  if (ipFamilyPolicy !== undefined) refuse('spec.ipFamilyPolicy');
  const name = spec.externalName?.replace(/\.$/, '') ?? '';
  if (name === '') errors.push(required('spec.externalName'));
  else subdomain(errors, name, 'spec.externalName');
}

function validateAffinity(errors: Errors, { sessionAffinity, sessionAffinityConfig }: ServiceSpec): void {
  oneOf(errors, sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity');
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None' && sessionAffinityConfig)
    errors.push(forbidden(path, 'must not be set when session affinity is None'));
  if (sessionAffinity !== 'ClientIP') return;
  const why = 'when session affinity type is ClientIP';
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const at = child(path, 'clientIP', 'timeoutSeconds');
  if (!sessionAffinityConfig) errors.push(required(path, why));
  else if (!sessionAffinityConfig.clientIP) errors.push(required(child(path, 'clientIP'), why));
  else if (seconds === undefined) errors.push(required(at, why));
  else if (seconds <= 0 || seconds > 86400)
    errors.push(invalid(at, seconds, 'must be greater than 0 and less than 86400'));
}

const isV6 = (address: string): boolean => parseIpSloppy(address)?.length === 16;

/** Each by itself; true when an address is none. */
function validateAddressList(errors: Errors, addresses: readonly string[]): boolean {
  const path = 'spec.clusterIPs';
  let isWrong = false;
  addresses.forEach((address, at) => {
    if (at === 0 && address === 'None') {
      if (addresses.length > 1) {
        isWrong = true;
        errors.push(invalid(path, addresses, "'None' must be the first and only value"));
      }
    } else if (!ip(errors, address, index(path, at))) isWrong = true;
  });
  if (addresses.length > 2) errors.push(invalid(path, addresses, 'may only hold up to 2 values'));
  return isWrong;
}

/** Addresses, families and the policy of families, and how they fit. Also asked once the allocators have filled them. */
export function validateFamilies(errors: Errors, spec: ServiceSpec): void {
  if (spec.type === 'ExternalName') return;
  const path = 'spec.clusterIPs';
  const addresses = each(spec.clusterIPs);
  if (spec.clusterIP) {
    if (addresses.length === 0) errors.push(required(path));
    else if (addresses[0] !== spec.clusterIP)
      errors.push(invalid(path, addresses, 'first value must match `clusterIP`'));
  } else if (addresses.length > 0)
    errors.push(invalid(path, addresses, 'must be empty when `clusterIP` is not specified'));
  const families = each(spec.ipFamilies) as readonly string[];
  families.forEach((family, at) => {
    const here = index('spec.ipFamilies', at);
    oneOfIfSet(errors, family, ['IPv4', 'IPv6'], here);
    if (families.indexOf(family) < at) errors.push(duplicate(here, family));
  });
  const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
  oneOfIfSet(errors, spec.ipFamilyPolicy, policies, 'spec.ipFamilyPolicy');
  if (validateAddressList(errors, addresses)) return;
  if (addresses.length > 1 && new Set(addresses.map(isV6)).size < 2)
    errors.push(invalid(path, addresses, 'may specify no more than one IP for each IP family'));
  if (isHeadless(spec)) return;
  addresses.forEach((address, at) => {
    const wanted = families[at];
    const wrong = (wanted === 'IPv4' && isV6(address)) || (wanted === 'IPv6' && !isV6(address));
    const detail = `expected an ${wanted} value as indicated by \`ipFamilies[${at}]\``;
    if (wrong) errors.push(invalid(index(path, at), address, detail));
  });
}

const isExternal = ({ type, externalIPs }: ServiceSpec): boolean =>
  type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && each(externalIPs).length > 0);
/** Balancers that send traffic only to nodes with an endpoint ask the nodes. */
export const needsHealthCheck = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';

function validateTraffic(errors: Errors, spec: ServiceSpec): void {
  const external = spec.externalTrafficPolicy ?? '';
  const externalAt = 'spec.externalTrafficPolicy';
  const policies = ['Cluster', 'Local'];
  if (isExternal(spec)) oneOf(errors, external, policies, externalAt);
  else if (external !== '')
    errors.push(invalid(externalAt, external, 'may only be set for externally-accessible services'));
  const checkPort = spec.healthCheckNodePort ?? 0;
  if (!needsHealthCheck(spec) && checkPort !== 0) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', checkPort, detail));
  } else if (needsHealthCheck(spec) && checkPort !== 0) portNumber(errors, checkPort, 'spec.healthCheckNodePort');
  const internalAt = 'spec.internalTrafficPolicy';
  if (spec.internalTrafficPolicy === undefined) {
    if (spec.type && spec.type !== 'ExternalName' && types.includes(spec.type)) errors.push(required(internalAt));
  } else oneOfIfSet(errors, spec.internalTrafficPolicy, policies, internalAt);
  const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
  oneOfIfSet(errors, spec.trafficDistribution, distributions, 'spec.trafficDistribution');
}

const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const onlyBalancers = "may only be used when `type` is 'LoadBalancer'";

/** Who may reach a balancer: a field, or the annotation from before it. */
function validateSourceRanges(errors: Errors, { metadata, spec }: Service): void {
  const ranges = each(spec.loadBalancerSourceRanges);
  const text = metadata.annotations?.[rangesAnnotation];
  const isBalancer = spec.type === 'LoadBalancer';
  if (ranges.length > 0) {
    const path = 'spec.LoadBalancerSourceRanges';
    if (!isBalancer) errors.push(forbidden(path, onlyBalancers));
    ranges.forEach((range, at) => cidr(errors, range.trim(), index(path, at)));
  } else if (text !== undefined) {
    const path = `metadata.annotations[${rangesAnnotation}]`;
    if (!isBalancer) errors.push(forbidden(path, onlyBalancers));
    if (text.trim() !== '') for (const range of text.trim().split(',')) cidr(errors, range.trim(), path);
  }
}

export function validateBalancerClass(errors: Errors, { type, loadBalancerClass }: ServiceSpec): void {
  const at = 'spec.loadBalancerClass';
  if (loadBalancerClass === undefined) return;
  if (type === 'LoadBalancer') qualified(errors, loadBalancerClass, at);
  else errors.push(forbidden(at, onlyBalancers));
}

function validateBalancer(errors: Errors, service: Service): void {
  const { type, allocateLoadBalancerNodePorts: allocates } = service.spec;
  validateSourceRanges(errors, service);
  if (allocates !== undefined && type !== 'LoadBalancer')
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', onlyBalancers));
  if (allocates === undefined && type === 'LoadBalancer') errors.push(required('allocateLoadBalancerNodePorts'));
  validateBalancerClass(errors, service.spec);
}

const [hints, mode] = ['service.kubernetes.io/topology-aware-hints', 'service.kubernetes.io/topology-mode'];

/** Everything but metadata. */
export function validateService(service: Service): FieldError[] {
  const errors: Errors = [];
  const { metadata, spec } = service;
  const annotations = metadata.annotations ?? {};
  if (annotations[mode] !== undefined && annotations[hints] !== undefined && annotations[mode] !== annotations[hints]) {
    const detail = `must match annotations[${hints}] when both are specified`;
    errors.push(invalid(`metadata.annotations[${mode}]`, annotations[mode], detail));
  }
  const ports = each(spec.ports);
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  validateType(errors, spec);
  const names = new Set<string>();
  ports.forEach((port, at) => validatePort(errors, port, ports.length > 1, names, index('spec.ports', at)));
  errors.push(...validateLabels(spec.selector, 'spec.selector'));
  validateAffinity(errors, spec);
  validateFamilies(errors, spec);
  each(spec.externalIPs).forEach((address, at) => {
    const path = index('spec.externalIPs', at);
    if (ip(errors, address, path)) nonSpecialIp(errors, address, path);
  });
  if (!spec.type) errors.push(required('spec.type'));
  else if (!types.includes(spec.type)) errors.push(notSupported('spec.type', spec.type, types));
  repeatedPorts(errors, spec);
  validateBalancer(errors, service);
  validateTraffic(errors, spec);
  return errors;
}
