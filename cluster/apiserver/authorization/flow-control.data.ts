/** The priority levels and flow schemas that every cluster has from the start (Kubernetes v1.34). Visible on the wire. */

/** A level: shares, lendable percent, and (queues, hand size, queue length) where it queues. */
export interface PriorityLevel {
  readonly name: string;
  readonly shares: number;
  readonly lendable: number;
  readonly queuing?: readonly [queues: number, handSize: number, queueLengthLimit: number];
  readonly exempt?: true;
}

export const priorityLevels: readonly PriorityLevel[] = [
  { name: 'catch-all', shares: 5, lendable: 0 },
  { name: 'exempt', shares: 0, lendable: 0, exempt: true },
  { name: 'global-default', shares: 20, lendable: 50, queuing: [128, 6, 50] },
  { name: 'leader-election', shares: 10, lendable: 0, queuing: [16, 4, 50] },
  { name: 'node-high', shares: 40, lendable: 25, queuing: [64, 6, 50] },
  { name: 'system', shares: 30, lendable: 33, queuing: [64, 6, 50] },
  { name: 'workload-high', shares: 40, lendable: 50, queuing: [128, 6, 50] },
  { name: 'workload-low', shares: 100, lendable: 90, queuing: [128, 6, 50] },
];

/** `resources` are `verbs | groups | resources` (namespaced ones of all namespaces; `cluster` adds cluster scope), `paths` are `verbs | paths`. */
export interface Flow {
  readonly name: string;
  readonly level: string;
  readonly precedence: number;
  readonly distinguisher?: 'ByUser' | 'ByNamespace';
  /** `Group name`, `User name` or `ServiceAccount namespace/name`. */
  readonly subjects: readonly string[];
  readonly resources?: readonly string[];
  readonly paths?: readonly string[];
}

const everybody = ['Group system:unauthenticated', 'Group system:authenticated'];
const everything = { resources: ['* | * | * | cluster'], paths: ['* | *'] };

export const flowSchemas: readonly Flow[] = [
  { name: 'catch-all', level: 'catch-all', precedence: 10000, distinguisher: 'ByUser', subjects: everybody, ...everything },
  { name: 'exempt', level: 'exempt', precedence: 1, subjects: ['Group system:masters'], ...everything },
  { name: 'global-default', level: 'global-default', precedence: 9900, distinguisher: 'ByUser', subjects: everybody, ...everything },
  { name: 'kube-controller-manager', level: 'workload-high', precedence: 800, distinguisher: 'ByNamespace', subjects: ['User system:kube-controller-manager'], ...everything },
  { name: 'kube-scheduler', level: 'workload-high', precedence: 800, distinguisher: 'ByNamespace', subjects: ['User system:kube-scheduler'], ...everything },
  { name: 'kube-system-service-accounts', level: 'workload-high', precedence: 900, distinguisher: 'ByNamespace', subjects: ['ServiceAccount kube-system/*'], ...everything },
  { name: 'probes', level: 'exempt', precedence: 2, subjects: everybody, paths: ['get | /healthz,/readyz,/livez'] },
  { name: 'service-accounts', level: 'workload-low', precedence: 9000, distinguisher: 'ByUser', subjects: ['Group system:serviceaccounts'], ...everything },
  {
    name: 'system-leader-election',
    level: 'leader-election',
    precedence: 100,
    distinguisher: 'ByUser',
    subjects: ['User system:kube-controller-manager', 'User system:kube-scheduler', 'ServiceAccount kube-system/*'],
    resources: ['get,create,update | coordination.k8s.io | leases'],
  },
  {
    name: 'system-node-high',
    level: 'node-high',
    precedence: 400,
    distinguisher: 'ByUser',
    subjects: ['Group system:nodes'],
    resources: ['* | core | nodes,nodes/status | cluster', '* | coordination.k8s.io | leases'],
  },
  { name: 'system-nodes', level: 'system', precedence: 500, distinguisher: 'ByUser', subjects: ['Group system:nodes'], ...everything },
];
