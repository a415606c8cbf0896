import type { Plugin } from '../framework.ts';
import { hostPortsOf } from '../node-info.ts';

const reason = "node(s) didn't have free ports for the requested pod ports";

/** Two pods cannot have one host port on one address; 0.0.0.0 is every address. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  wakes: ['node', 'pod-removed'],
  filter(pod) {
    const wanted = hostPortsOf(pod);
    if (wanted.length === 0) return undefined;
    return ({ hostPorts }) =>
      wanted.some(port => conflicts(port, hostPorts)) ? { reasons: [reason], unresolvable: false } : undefined;
  },
};

function conflicts(port: string, used: ReadonlySet<string>): boolean {
  if (used.has(port)) return true;
  const [protocol, address, number] = port.split('/');
  if (address !== '0.0.0.0') return used.has(`${protocol}/0.0.0.0/${number}`);
  return [...used].some(other => other.startsWith(`${protocol}/`) && other.endsWith(`/${number}`));
}
