/** Environment variables that point a container at services (upstream `pkg/kubelet/envvars`). */
import type { Service, ServicePort } from '@orrery/kinds/types';

export interface EnvironmentVariable {
  name: string;
  value: string;
}

const variableName = (text: string): string => text.toUpperCase().replaceAll('-', '_');

const hasAddress = (service: Service): boolean => {
  const ip = service.spec?.clusterIP;
  return ip !== undefined && ip !== '' && ip !== 'None';
};

/**
 * The services a pod of `namespace` sees: its own namespace's when `enableLinks`, and always `kubernetes` of `default`,
 * which a service of that name in the pod's namespace overrides.
 */
export function visibleServices(services: readonly Service[], namespace: string, enableLinks: boolean): Service[] {
  const chosen = new Map<string, Service>();
  for (const service of services) {
    if (!hasAddress(service)) continue;
    const { name = '', namespace: home } = service.metadata;
    if (home === 'default' && name === 'kubernetes' && !chosen.has(name)) chosen.set(name, service);
    else if (home === namespace && enableLinks) chosen.set(name, service);
  }
  return [...chosen.values()].sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
}

/** Host, port and the old link variables of each service, in upstream's order. */
export function serviceVariables(services: readonly Service[]): EnvironmentVariable[] {
  return services.flatMap(service => {
    const prefix = variableName(service.metadata.name ?? '');
    const ports = service.spec?.ports ?? [];
    const host = service.spec?.clusterIP ?? '';
    const variables: EnvironmentVariable[] = [{ name: `${prefix}_SERVICE_HOST`, value: host }];
    if (ports[0]) variables.push({ name: `${prefix}_SERVICE_PORT`, value: String(ports[0].port) });
    for (const port of ports) {
      if (port.name) {
        variables.push({ name: `${prefix}_SERVICE_PORT_${variableName(port.name)}`, value: String(port.port) });
      }
    }
    return [...variables, ...ports.flatMap((port, index) => linkVariables(prefix, host, port, index === 0))];
  });
}

function linkVariables(prefix: string, host: string, port: ServicePort, first: boolean): EnvironmentVariable[] {
  const protocol = port.protocol ?? 'TCP';
  const address = host.includes(':') ? `[${host}]:${port.port}` : `${host}:${port.port}`;
  const url = `${protocol.toLowerCase()}://${address}`;
  const stem = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
  return [
    ...(first ? [{ name: `${prefix}_PORT`, value: url }] : []),
    { name: stem, value: url },
    { name: `${stem}_PROTO`, value: protocol.toLowerCase() },
    { name: `${stem}_PORT`, value: String(port.port) },
    { name: `${stem}_ADDR`, value: host },
  ];
}
