/** Validation of Ingress and IngressClass (networking/validation). */
import {
  child,
  forbidden,
  index,
  invalid,
  invalidShown,
  notSupported,
  required,
  tooLong,
} from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import {
  validateDns1035Label,
  validateDns1123Label,
  validatePathSegmentName,
  validatePortName,
  validateWildcardDns1123Subdomain,
} from '@orrery/machinery/names';
import { parseSloppyIp, sloppyIp } from '../addresses.ts';
import { each } from '../fill.ts';
import { immutable } from '../meta.ts';
import { domainPath, label, portNumber, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Ingress, IngressBackend, IngressClass } from '../types.data.ts';

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

/** A name that stands in a URL. */
function segment(errors: Errors, value: string, path: FieldPath): void {
  if (value === '') errors.push(required(path));
  else tell(errors, path, value, validatePathSegmentName(value));
}

/** What an older object may keep. */
interface Tolerated {
  /** Names of services that are labels, but begin with a digit. */
  readonly serviceNames: boolean;
  readonly secretNames: boolean;
  readonly wildcardRules: boolean;
}

const nothing: Tolerated = { serviceNames: false, secretNames: false, wildcardRules: false };

type Service = NonNullable<IngressBackend['service']>;

function validateService(errors: Errors, service: Service, path: FieldPath, kept: Tolerated): void {
  const at = child(path, 'service');
  const { name: serviceName } = service;
  if (!serviceName) errors.push(required(child(at, 'name')));
  else {
    const rule = kept.serviceNames ? validateDns1123Label : validateDns1035Label;
    tell(errors, child(at, 'name'), serviceName, rule(serviceName));
  }
  const { name, number } = service.port ?? {};
  if (name && number) errors.push(invalid(path, '', 'cannot set both port name & port number'));
  else if (name) tell(errors, child(at, 'port', 'name'), name, validatePortName(name));
  else if (number) portNumber(errors, number, child(at, 'port', 'number'));
  else errors.push(required(path, 'port name or number is required'));
}

function validateBackend(errors: Errors, backend: IngressBackend | undefined, path: FieldPath, kept: Tolerated): void {
  const { service, resource } = backend ?? {};
  if (service && resource) errors.push(invalid(path, '', 'cannot set both resource and service backends'));
  else if (resource) {
    const at = child(path, 'resource');
    if (resource.apiGroup !== undefined) subdomain(errors, resource.apiGroup, child(at, 'apiGroup'));
    segment(errors, resource.kind ?? '', child(at, 'kind'));
    segment(errors, resource.name ?? '', child(at, 'name'));
  } else if (service) validateService(errors, service, path, kept);
  else errors.push(invalid(path, '', 'resource or service backend is required'));
}

function validateIngressPath(errors: Errors, value: string, type: string, path: FieldPath): void {
  const absolute = value.startsWith('/');
  if (type === 'ImplementationSpecific') {
    if (value !== '' && !absolute) errors.push(invalid(path, value, 'must be an absolute path'));
    return;
  }
  if (!absolute) errors.push(invalid(path, value, 'must be an absolute path'));
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

type Rule = NonNullable<Ingress['spec']['rules']>[number];

function validateHttp(errors: Errors, { http }: Rule, path: FieldPath, kept: Tolerated): void {
  if (!http) return;
  const at = child(path, 'http', 'paths');
  if (each(http.paths).length === 0) errors.push(required(at));
  each(http.paths).forEach(({ pathType, path: value = '', backend }, place) => {
    const here = index(at, place);
    if (pathType === undefined || pathType === null)
      return void errors.push(required(child(here, 'pathType'), 'pathType must be specified'));
    if (pathTypes.includes(pathType)) validateIngressPath(errors, value, pathType, child(here, 'path'));
    else errors.push(notSupported(child(here, 'pathType'), pathType, pathTypes));
    validateBackend(errors, backend, child(here, 'backend'), kept);
  });
}

function validateSpec({ spec }: Ingress, kept: Tolerated): FieldError[] {
  const errors: Errors = [];
  if (each(spec.rules).length === 0 && !spec.defaultBackend) {
    errors.push(
      invalidShown('spec', spec.rules ? '[]' : 'null', 'either `defaultBackend` or `rules` must be specified'),
    );
  }
  if (spec.defaultBackend) validateBackend(errors, spec.defaultBackend, 'spec.defaultBackend', kept);
  each(spec.rules).forEach((rule, at) => {
    const path = index('spec.rules', at);
    const { host } = rule;
    if (host) {
      if (parseSloppyIp(host)) errors.push(invalid(child(path, 'host'), host, 'must be a DNS name, not an IP address'));
      validateHost(errors, host, child(path, 'host'));
    }
    if (!(host?.includes('*') && kept.wildcardRules)) validateHttp(errors, rule, path, kept);
  });
  each(spec.tls).forEach(({ hosts, secretName }, at) => {
    const path = index('spec.tls', at);
    each(hosts).forEach((host, place) => validateHost(errors, host, index(child(path, 'hosts'), place)));
    if (secretName && !kept.secretNames) subdomain(errors, secretName, child(path, 'secretName'));
  });
  if (spec.ingressClassName !== undefined) subdomain(errors, spec.ingressClassName, 'spec.ingressClassName');
  return errors;
}

export function validateIngress(ingress: Ingress): FieldError[] {
  const errors = validateSpec(ingress, nothing);
  const { spec, metadata } = ingress;
  const annotation = metadata.annotations?.['kubernetes.io/ingress.class'];
  if (annotation !== undefined && spec.ingressClassName !== undefined && annotation !== spec.ingressClassName) {
    const path = 'annotations.kubernetes.io/ingress.class';
    errors.push(invalid(path, annotation, 'must match `ingressClassName` when both are specified'));
  }
  return errors;
}

const count = (look: (errors: Errors) => void): number => {
  const errors: Errors = [];
  look(errors);
  return errors.length;
};

/** What was stored before its rule was made stays. */
function tolerated({ spec }: Ingress): Tolerated {
  const rules = each(spec.rules);
  const backends = [
    spec.defaultBackend,
    ...rules.flatMap(({ http }) => each(http?.paths).map(({ backend }) => backend)),
  ];
  return {
    serviceNames: backends.some(backend => {
      const name = backend?.service?.name ?? '';
      return validateDns1123Label(name).length === 0 && validateDns1035Label(name).length > 0;
    }),
    secretNames: each(spec.tls).some(
      ({ secretName }) => secretName && count(errors => subdomain(errors, secretName, '')),
    ),
    wildcardRules: rules.some(
      rule => rule.host?.includes('*') && count(errors => validateHttp(errors, rule, '', nothing)) > 0,
    ),
  };
}

export const validateIngressUpdate = (ingress: Ingress, old: Ingress): FieldError[] =>
  validateSpec(ingress, tolerated(old));

/** Addresses and names that a controller reports. */
export function validateIngressStatus({ status }: Ingress, old: Ingress): FieldError[] {
  const errors: Errors = [];
  const before = each(old.status?.loadBalancer?.ingress).flatMap(({ ip }) => ip ?? []);
  each(status?.loadBalancer?.ingress).forEach(({ ip, hostname }, at) => {
    const path = index('status.loadBalancer.ingress', at);
    if (ip) sloppyIp(errors, ip, child(path, 'ip'), before);
    if (!hostname) return;
    subdomain(errors, hostname, child(path, 'hostname'));
    if (parseSloppyIp(hostname))
      errors.push(invalid(child(path, 'hostname'), hostname, 'must be a DNS name, not an IP address'));
  });
  return errors;
}

type Parameters = NonNullable<IngressClass['spec']['parameters']>;

function validateParameters(errors: Errors, parameters: Parameters, path: FieldPath): void {
  const { apiGroup, kind = '', name = '', scope, namespace } = parameters;
  if (apiGroup !== undefined) subdomain(errors, apiGroup, child(path, 'apiGroup'));
  segment(errors, kind, child(path, 'kind'));
  segment(errors, name, child(path, 'name'));
  if (scope === undefined || scope === null) return void errors.push(required(child(path, 'scope')));
  const at = child(path, 'namespace');
  if (scope === 'Namespace') {
    if (namespace === undefined) errors.push(required(at, "`parameters.scope` is set to 'Namespace'"));
    else label(errors, namespace, at);
  } else if (scope !== 'Cluster') errors.push(notSupported(child(path, 'scope'), scope, ['Cluster', 'Namespace']));
  else if (namespace !== undefined) errors.push(forbidden(at, "`parameters.scope` is set to 'Cluster'"));
}

const controllerMax = 250;

export function validateIngressClass({ spec }: IngressClass): FieldError[] {
  const errors: Errors = [];
  const { controller } = spec;
  if (controller) {
    if (controller.length > controllerMax) errors.push(tooLong('spec.controller', controllerMax));
    domainPath(errors, controller, 'spec.controller');
  } else errors.push(required('spec.controller'));
  if (spec.parameters) validateParameters(errors, spec.parameters, 'spec.parameters');
  return errors;
}

export const validateIngressClassUpdate = (now: IngressClass, old: IngressClass): FieldError[] => [
  ...immutable(now.spec.controller, old.spec.controller, 'spec.controller'),
  ...validateIngressClass(now),
];
