/** Validation of services (core/validation `ValidateService`). Addresses and node ports themselves belong to their allocators. */
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
import { validateDns1123Label } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { immutableMessage, validateLabels } from '../meta.ts';
import {
  cidr,
  ip,
  nonNegative,
  nonSpecialIp,
  oneOf,
  oneOfIfSet,
  portNumber,
  portNumberOrName,
  protocols,
  qualified,
  subdomain,
  tell,
} from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Service, ServicePort, ServiceSpec } from '../types.data.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';

function validatePort(errors: Errors, port: ServicePort, named: boolean, seen: Set<string>, path: FieldPath): void {
  if (named && !port.name) errors.push(required(child(path, 'name')));
  else if (port.name) {
    tell(errors, child(path, 'name'), port.name, validateDns1123Label(port.name));
    if (seen.has(port.name)) errors.push(duplicate(child(path, 'name'), port.name));
    seen.add(port.name);
  }
  portNumber(errors, port.port, child(path, 'port'));
  oneOf(errors, port.protocol, protocols, child(path, 'protocol'));
  portNumberOrName(errors, port.targetPort, child(path, 'targetPort'));
  if (port.appProtocol) qualified(errors, port.appProtocol, child(path, 'appProtocol'));
}

/** A service's port as upstream's messages show it. */
const shownPort = ({ protocol, port }: ServicePort): string =>
  JSON.stringify({ Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 });

function validatePorts(errors: Errors, spec: ServiceSpec, path: FieldPath): void {
  const ports = each(spec.ports);
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') errors.push(required(path));
  const names = new Set<string>();
  ports.forEach((port, at) => validatePort(errors, port, ports.length > 1, names, index(path, at)));
  if (spec.type === 'ClusterIP') {
    ports.forEach(({ nodePort }, at) => {
      if (nodePort)
        errors.push(forbidden(child(index(path, at), 'nodePort'), "may not be used when `type` is 'ClusterIP'"));
    });
  }
  const nodePorts = new Set<string>();
  const numbers = new Set<string>();
  ports.forEach((port, at) => {
    const node = `${port.protocol}/${port.nodePort ?? 0}`;
    if (port.nodePort && nodePorts.has(node)) errors.push(duplicate(child(index(path, at), 'nodePort'), port.nodePort));
    nodePorts.add(node);
    const number = `${port.protocol}/${port.port}`;
    if (numbers.has(number))
      errors.push({ type: 'duplicate', field: index(path, at), message: `Duplicate value: ${shownPort(port)}` });
    numbers.add(number);
  });
}

function validateAffinity(errors: Errors, spec: ServiceSpec): void {
  oneOf(errors, spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity');
  if (spec.sessionAffinity === 'ClientIP') {
    const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    const at = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
    if (seconds === undefined) errors.push(required(at, 'when session affinity type is ClientIP'));
    else if (seconds <= 0 || seconds > 86400)
      errors.push(invalid(at, seconds, 'must be greater than 0 and less than 86400'));
  } else if (spec.sessionAffinity === 'None' && spec.sessionAffinityConfig) {
    errors.push(forbidden('spec.sessionAffinityConfig', 'must not be set when session affinity is None'));
  }
}

function validateClusterIps(errors: Errors, spec: ServiceSpec): void {
  const addresses = each(spec.clusterIPs).length > 0 ? each(spec.clusterIPs) : spec.clusterIP ? [spec.clusterIP] : [];
  if (spec.type === 'ExternalName') {
    if (addresses.length > 0) errors.push(forbidden('spec.clusterIPs', 'may not be set when `type` is ExternalName'));
    return;
  }
  if (spec.clusterIP && spec.clusterIPs?.[0] !== undefined && spec.clusterIP !== spec.clusterIPs[0]) {
    errors.push(invalid('spec.clusterIPs', addresses, 'first value must match `clusterIP`'));
  }
  if (addresses[0] === 'None') {
    if (addresses.length > 1)
      errors.push(invalid('spec.clusterIPs', addresses, "'None' must be the first and only value"));
    return;
  }
  addresses.forEach((address, at) => ip(errors, address, index('spec.clusterIPs', at)));
}

const isExternal = ({ type, externalIPs }: ServiceSpec): boolean =>
  type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && each(externalIPs).length > 0);

function validateTraffic(errors: Errors, spec: ServiceSpec): void {
  const external = spec.externalTrafficPolicy;
  if (external !== undefined && !isExternal(spec)) {
    errors.push(invalid('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services'));
  } else if (isExternal(spec)) {
    if (!external) errors.push(required('spec.externalTrafficPolicy'));
    else oneOfIfSet(errors, external, ['Cluster', 'Local'], 'spec.externalTrafficPolicy');
  }
  const checkPort = spec.healthCheckNodePort ?? 0;
  if (checkPort !== 0 && !(spec.type === 'LoadBalancer' && external === 'Local')) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', checkPort, detail));
  }
  oneOfIfSet(errors, spec.internalTrafficPolicy, ['Cluster', 'Local'], 'spec.internalTrafficPolicy');
  oneOfIfSet(
    errors,
    spec.trafficDistribution,
    ['PreferClose', 'PreferSameZone', 'PreferSameNode'],
    'spec.trafficDistribution',
  );
}

function validateBalancer(errors: Errors, spec: ServiceSpec): void {
  const ranges = each(spec.loadBalancerSourceRanges);
  if (spec.type !== 'LoadBalancer') {
    if (ranges.length > 0)
      errors.push(forbidden('spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'"));
    if (spec.allocateLoadBalancerNodePorts !== undefined) {
      errors.push(forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
    }
    if (spec.loadBalancerClass !== undefined) {
      errors.push(forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
    }
    return;
  }
  ranges.forEach((range, at) => cidr(errors, range.trim(), index('spec.LoadBalancerSourceRanges', at)));
  if (spec.allocateLoadBalancerNodePorts === undefined) errors.push(required('spec.allocateLoadBalancerNodePorts'));
  if (spec.loadBalancerClass !== undefined) qualified(errors, spec.loadBalancerClass, 'spec.loadBalancerClass');
}

/** Everything but metadata. */
export function validateService({ spec }: Service): FieldError[] {
  const errors: Errors = [];
  validatePorts(errors, spec, 'spec.ports');
  errors.push(...validateLabels(spec.selector, 'spec.selector'));
  validateAffinity(errors, spec);
  if (!spec.type) errors.push(required('spec.type'));
  else if (!types.includes(spec.type)) errors.push(notSupported('spec.type', spec.type, types));
  if (spec.type === 'LoadBalancer' && isHeadless(spec)) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for LoadBalancer services"));
  }
  if (spec.type === 'NodePort' && isHeadless(spec)) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for NodePort services"));
  }
  if (spec.type === 'ExternalName') {
    const name = spec.externalName?.replace(/\.$/, '') ?? '';
    if (name === '') errors.push(required('spec.externalName'));
    else subdomain(errors, name, 'spec.externalName');
  }
  validateClusterIps(errors, spec);
  each(spec.ipFamilies).forEach((family, at) => oneOf(errors, family, ['IPv4', 'IPv6'], index('spec.ipFamilies', at)));
  oneOfIfSet(
    errors,
    spec.ipFamilyPolicy,
    ['PreferDualStack', 'RequireDualStack', 'SingleStack'],
    'spec.ipFamilyPolicy',
  );
  each(spec.externalIPs).forEach((address, at) => {
    const path = index('spec.externalIPs', at);
    if (ip(errors, address, path)) nonSpecialIp(errors, address, path);
  });
  validateTraffic(errors, spec);
  validateBalancer(errors, spec);
  nonNegative(
    errors,
    spec.sessionAffinityConfig?.clientIP?.timeoutSeconds,
    'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
  );
  return errors;
}

const staysAllocated = (type: string | undefined): boolean => type !== 'ExternalName';

/** Once given, a cluster address stays while the service has one. */
export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const errors: Errors = [];
  if (staysAllocated(old.spec.type) && staysAllocated(service.spec.type)) {
    const before = each(old.spec.clusterIPs);
    const now = each(service.spec.clusterIPs);
    if (before[0] && now[0] !== before[0]) {
      errors.push(
        invalidShown('spec.clusterIPs[0]', now[0] === undefined ? 'null' : JSON.stringify([...now]), immutableMessage),
      );
    }
  }
  if (
    old.spec.type === 'LoadBalancer' &&
    service.spec.type === 'LoadBalancer' &&
    old.spec.loadBalancerClass !== service.spec.loadBalancerClass
  ) {
    errors.push(invalid('spec.loadBalancerClass', service.spec.loadBalancerClass ?? null, 'may not change once set'));
  }
  return [...errors, ...validateService(service)];
}
