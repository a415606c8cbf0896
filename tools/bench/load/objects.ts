/** What is written and read: the same bytes wherever they are sent. `{n}` and `{k}` are filled in by the scripts. */
import type { ConfigMap, Pod } from '@orrery/kinds/types';

const valueBytes = 1024;

export type Naming = { readonly name: string } | { readonly generateName: string };

/** A small object as most are: one value of 1 KiB. */
export const configMap = (naming: Naming, lead = ''): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: naming,
  data: { value: lead + 'x'.repeat(valueBytes - lead.length) },
});

/** A pod that nobody places or runs: it names a scheduler that does not exist. About 2.2 kB once it is stored. */
export const pod = (naming: Naming): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...naming, labels: { app: 'bench', tier: 'front', 'app.kubernetes.io/part-of': 'orrery-bench' } },
  spec: {
    schedulerName: 'nobody',
    serviceAccountName: 'bench',
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'main',
        image: 'registry.invalid/bench/main:v1.2.3',
        command: ['/bin/main', '--listen=:8080'],
        env: [
          { name: 'MODE', value: 'production' },
          { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        ],
        ports: [{ name: 'http', containerPort: 8080 }],
        resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
        volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
      },
    ],
    volumes: [{ name: 'scratch', emptyDir: {} }],
  },
});

/** The change that watchers are told of: a condition whose message is new each time. */
export const statusPatch = (text: string): unknown => ({
  status: { conditions: [{ type: 'Bench', status: 'True', message: text }] },
});
