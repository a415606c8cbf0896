/** A kind of one's own: a web site of a few pages, under a host name that nobody else has. */
import type { WatchedResource } from '@orrery/reconciler';
import type { Condition } from '@orrery/reconciler';
import type { KubeObject } from '@orrery/machinery/meta';

export interface Website extends KubeObject {
  readonly spec: {
    readonly host: string;
    readonly replicas?: number;
    readonly image?: string;
    /** Contents by file name. */
    readonly pages: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly conditions?: Condition[];
  };
}

export const group = 'website.example.com';
export const kind = { group, version: 'v1', kind: 'Website' } as const;
export const websites: WatchedResource = { ...kind, resource: 'websites', namespaced: true };

const spec = {
  type: 'object',
  required: ['host', 'pages'],
  properties: {
    host: {
      type: 'string',
      maxLength: 253,
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'a site cannot move: make a new one' }],
    },
    replicas: { type: 'integer', minimum: 0, maximum: 10 },
    image: { type: 'string' },
    pages: {
      type: 'object',
      maxProperties: 50,
      additionalProperties: { type: 'string', maxLength: 10_000 },
      'x-kubernetes-validations': [{ rule: "'index.html' in self", message: 'a site needs an index.html' }],
    },
  },
};

const condition = {
  type: 'object',
  required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
  properties: {
    ...Object.fromEntries(['type', 'status', 'reason', 'message'].map(name => [name, { type: 'string' }])),
    lastTransitionTime: { type: 'string', format: 'date-time' },
    observedGeneration: { type: 'integer', format: 'int64' },
  },
};

const status = {
  type: 'object',
  properties: {
    observedGeneration: { type: 'integer', format: 'int64' },
    readyReplicas: { type: 'integer' },
    conditions: {
      type: 'array',
      items: condition,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    },
  },
};

/** What the cluster must know of the kind. */
export const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `websites.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'websites', singular: 'website', kind: 'Website', shortNames: ['site'] },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true, subresources: { status: {} } },
        schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec, status } } },
        additionalPrinterColumns: [
          { name: 'Host', type: 'string', jsonPath: '.spec.host' },
          { name: 'Ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status" },
        ],
      },
    ],
  },
} as const;
