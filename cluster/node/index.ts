/** The kubelet: a node of the cluster, real or simulated. */
export { startNode, type NodeAgent, type NodeOptions } from './node.ts';
export type { Machine, MachineFacts, MachineUsage } from './machine/machine.ts';
export { hostMachine } from './machine/host.ts';
