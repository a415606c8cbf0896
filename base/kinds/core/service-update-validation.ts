/** What may change in a service, and what its status may say (core/validation `ValidateServiceUpdate`, `ValidateLoadBalancerStatus`). */
import { child, forbidden, index, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { ip, parseIpSloppy, subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { LoadBalancerIngress, Service, ServiceSpec } from '../types.data.ts';
import type { MetadataRules } from '../validators.ts';
import { isHeadless, needsHealthCheck, validateBalancerClass, validateService } from './service-validation.ts';

/** An empty list of Go is null. */
const shown = (list: readonly string[] | undefined): readonly string[] | null =>
  each(list).length === 0 ? null : each(list);

const fixed = 'may not change once set';

/** Where a second address or family went, its policy must say so. */
function released(errors: Errors, { ipFamilyPolicy }: ServiceSpec, what: string): void {
  if (ipFamilyPolicy === 'SingleStack') return;
  const detail = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  errors.push(invalid('spec.ipFamilyPolicy', ipFamilyPolicy ?? null, detail));
}

function validateAddresses(errors: Errors, spec: ServiceSpec, old: ServiceSpec): void {
  if (isHeadless(spec) && isHeadless(old)) return;
  const [now, before] = [each(spec.clusterIPs), each(old.clusterIPs)];
  const refuse = (at: number, detail: string): void =>
    void errors.push(invalid(index('spec.clusterIPs', at), shown(spec.clusterIPs), detail));
  if (now.length === before.length) before.forEach((address, at) => address !== now[at] && refuse(at, fixed));
  else {
    if (before.length > now.length && now.length === 0) refuse(0, 'primary clusterIP can not be unset');
    if (before.length > 0 && now.length > 0 && now[0] !== before[0]) refuse(0, fixed);
    if (before.length > now.length && now.length === 1) released(errors, spec, 'clusterIP');
  }
}

/** Upstream shows the addresses where families were meant. */
function validateFamilies(errors: Errors, spec: ServiceSpec, old: ServiceSpec): void {
  if (isHeadless(spec) || isHeadless(old)) return;
  const [now, before] = [each(spec.ipFamilies) as readonly string[], each(old.ipFamilies) as readonly string[]];
  const refuse = (list: readonly string[] | undefined, detail: string): void =>
    void errors.push(invalid('spec.ipFamilies[0]', shown(list), detail));
  if (now.length === before.length) return before.forEach((family, at) => family !== now[at] && refuse(now, fixed));
  if (before.length > now.length && each(spec.clusterIPs).length === 0)
    refuse(now, 'primary ipFamily can not be unset');
  if (now.length > 0 && before.length > 0 && now[0] !== before[0]) refuse(spec.clusterIPs, fixed);
  if (before.length > now.length && now.length === 1) released(errors, spec, 'ipFamily');
}

/** Once given, a cluster address stays while the service has one. */
export function validateServiceUpdate(service: Service, old: Service, metadata: MetadataRules): FieldError[] {
  const errors: Errors = [...metadata.asChanged()];
  const [spec, before] = [service.spec, old.spec];
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
    validateAddresses(errors, spec, before);
    validateFamilies(errors, spec, before);
  }
  const bothBalance = spec.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  if (bothBalance && spec.loadBalancerClass !== before.loadBalancerClass)
    errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass ?? null, fixed));
  validateBalancerClass(errors, spec);
  if (needsHealthCheck(spec) && needsHealthCheck(before) && spec.healthCheckNodePort !== before.healthCheckNodePort)
    errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'));
  return [...errors, ...metadata.asNew(), ...validateService(service)];
}

/** Where a balancer can be reached; also of ingresses, without the mode. */
function validatePoint(errors: Errors, { ip: address, ipMode, hostname }: LoadBalancerIngress, path: FieldPath): void {
  const modeAt = child(path, 'ipMode');
  if (address) ip(errors, address, child(path, 'ip'));
  if (ipMode === undefined) {
    if (address) errors.push(required(modeAt, 'must be specified when `ip` is set'));
  } else if (!address) errors.push(forbidden(modeAt, 'may not be specified when `ip` is not set'));
  else if (ipMode !== 'VIP' && ipMode !== 'Proxy') errors.push(notSupported(modeAt, ipMode, ['Proxy', 'VIP']));
  if (!hostname) return;
  subdomain(errors, hostname, child(path, 'hostname'));
  if (parseIpSloppy(hostname))
    errors.push(invalid(child(path, 'hostname'), hostname, 'must be a DNS name, not an IP address'));
}

export function validateServiceStatus({ spec, status }: Service): FieldError[] {
  const errors: Errors = [];
  const path = 'status.loadBalancer.ingress';
  const points = each(status?.loadBalancer?.ingress);
  if (spec.type !== 'LoadBalancer' && points.length > 0)
    return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  points.forEach((point, at) => validatePoint(errors, point, index(path, at)));
  return errors;
}
