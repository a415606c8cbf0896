/** Validation of EndpointSlice (discovery/validation). */
import { child, duplicate, index, invalid, required, tooMany } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateDns1123Label, validateDns1123Subdomain, validateLabelValue } from '@orrery/machinery/names';
import { familyOf, parseSloppyIp } from '../addresses.ts';
import { each } from '../fill.ts';
import { immutable, validateLabels } from '../meta.ts';
import { ipMessage, label, nonSpecialIp, oneOf, portNumber, protocols, qualified, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { DiscoveryV1EndpointPort as EndpointPort, Endpoint, EndpointHints, EndpointSlice } from '../types.data.ts';

const limits = { topology: 16, addresses: 100, ports: 20000, endpoints: 1000, zones: 8, nodes: 8 };

/** A name of at least two labels; a dot may end it. */
function fullName(errors: Errors, given: string, path: FieldPath): void {
  if (given === '') return void errors.push(required(path));
  const name = given.endsWith('.') ? given.slice(0, -1) : given;
  const problems = validateDns1123Subdomain(name);
  if (problems.length > 0) return void errors.push(invalid(path, name, problems.join(',')));
  const labels = name.split('.');
  if (labels.length < 2)
    return void errors.push(invalid(path, name, 'should be a domain with at least two segments separated by dots'));
  const bad = labels.find(part => validateDns1123Label(part).length > 0);
  if (bad !== undefined) errors.push(invalid(path, bad, validateDns1123Label(bad).join(',')));
}

function validateAddress(errors: Errors, address: string, type: string, path: FieldPath): void {
  if (type === 'FQDN') return fullName(errors, address, path);
  if (type !== 'IPv4' && type !== 'IPv6') return;
  const bytes = parseSloppyIp(address);
  if (!bytes) return void errors.push(invalid(path, address, ipMessage));
  if (familyOf(bytes) !== type) errors.push(invalid(path, address, `must be an ${type} address`));
  nonSpecialIp(errors, address, path);
}

/** Names of zones or nodes, each once. */
function validateHintNames(
  errors: Errors,
  names: readonly string[],
  path: FieldPath,
  max: number,
  rule: (name: string, at: FieldPath) => void,
): void {
  if (names.length > max) return void errors.push(tooMany(path, names.length, max));
  names.forEach((name, at) => {
    const here = child(index(path, at), 'name');
    if (names.indexOf(name) < at) errors.push(duplicate(here, name));
    rule(name, here);
  });
}

function validateHints(errors: Errors, { forZones, forNodes }: EndpointHints, path: FieldPath): void {
  const zones = each(forZones).map(({ name }) => name);
  const nodes = each(forNodes).map(({ name }) => name);
  validateHintNames(errors, zones, child(path, 'forZones'), limits.zones, (name, at) =>
    tell(errors, at, name, validateLabelValue(name)),
  );
  validateHintNames(errors, nodes, child(path, 'forNodes'), limits.nodes, (name, at) => subdomain(errors, name, at));
}

function validateEndpoint(errors: Errors, endpoint: Endpoint, type: string, path: FieldPath): void {
  const addresses = each(endpoint.addresses);
  const at = child(path, 'addresses');
  if (addresses.length === 0) errors.push(required(at, 'must contain at least 1 address'));
  if (addresses.length > limits.addresses) errors.push(tooMany(at, addresses.length, limits.addresses));
  addresses.forEach((address, place) => validateAddress(errors, address, type, index(at, place)));
  if (endpoint.nodeName !== undefined) subdomain(errors, endpoint.nodeName, child(path, 'nodeName'));
  const topology = Object.keys(endpoint.deprecatedTopology ?? {});
  if (topology.length > limits.topology)
    errors.push(tooMany(child(path, 'deprecatedTopology'), topology.length, limits.topology));
  errors.push(...validateLabels(endpoint.deprecatedTopology, child(path, 'deprecatedTopology')));
  if (endpoint.hostname !== undefined) label(errors, endpoint.hostname, child(path, 'hostname'));
  if (endpoint.hints) validateHints(errors, endpoint.hints, child(path, 'hints'));
}

function validatePorts(errors: Errors, ports: readonly EndpointPort[]): void {
  if (ports.length > limits.ports) return void errors.push(tooMany('ports', ports.length, limits.ports));
  const names = new Set<string>();
  ports.forEach((port, at) => {
    const path = index('ports', at);
    const name = port.name ?? '';
    if (name !== '') label(errors, name, child(path, 'name'));
    if (names.has(name)) errors.push(duplicate(child(path, 'name'), name));
    names.add(name);
    oneOf(errors, port.protocol, protocols, child(path, 'protocol'));
    if (port.port !== undefined) portNumber(errors, port.port, child(path, 'port'));
    if (port.appProtocol !== undefined) qualified(errors, port.appProtocol, child(path, 'appProtocol'));
  });
}

export function validateEndpointSlice({ addressType, endpoints, ports }: EndpointSlice): FieldError[] {
  const errors: Errors = [];
  oneOf(errors, addressType, ['FQDN', 'IPv4', 'IPv6'], 'addressType');
  const all = each(endpoints);
  if (all.length > limits.endpoints) errors.push(tooMany('endpoints', all.length, limits.endpoints));
  else all.forEach((endpoint, at) => validateEndpoint(errors, endpoint, addressType, index('endpoints', at)));
  validatePorts(errors, each(ports));
  return errors;
}

export const validateEndpointSliceUpdate = (slice: EndpointSlice, old: EndpointSlice): FieldError[] => [
  ...validateEndpointSlice(slice),
  ...immutable(slice.addressType, old.addressType, 'addressType'),
];
