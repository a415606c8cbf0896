/** What the host is called and where it is reached. */
import { hostname, networkInterfaces } from 'node:os';
import { readFileSync } from 'node:fs';

export interface HostFacts {
  /** In lower case, as node names must be. */
  readonly hostname: string;
  /** The address of the interface with the default route, else the first that is not loopback, else loopback. */
  readonly address: string;
}

export function hostFacts(): HostFacts {
  return { hostname: hostname().toLowerCase(), address: addressOf(networkInterfaces(), defaultInterface()) };
}

type Interfaces = ReturnType<typeof networkInterfaces>;

export function addressOf(interfaces: Interfaces, preferred: string | undefined): string {
  const usable = (name: string): string | undefined =>
    interfaces[name]?.find(entry => entry.family === 'IPv4' && !entry.internal && !entry.address.startsWith('169.254.'))
      ?.address;
  // Bridges of container runtimes are not where others reach this machine.
  const names = Object.keys(interfaces).filter(name => !/^(cni|docker|br-|veth|orrery)/.test(name));
  return (
    [...(preferred ? [preferred] : []), ...names].map(usable).find(address => address !== undefined) ?? '127.0.0.1'
  );
}

function defaultInterface(): string | undefined {
  try {
    const routes = readFileSync('/proc/net/route', 'utf8').split('\n').slice(1);
    return routes.map(line => line.split('\t')).find(fields => fields[1] === '00000000')?.[0];
  } catch {
    return undefined;
  }
}
