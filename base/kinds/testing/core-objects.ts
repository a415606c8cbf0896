/** Objects of the core group, as the tables of refusals write them. */
import type { Json } from './refusal.ts';

export const container: Json = { name: 'c', image: 'i:1' };
export const podOf = (spec: Json = {}, metadata?: Json): Json => ({
  ...(metadata && { metadata }),
  spec: { containers: [container], ...spec },
});
export const containing = (more: Json): Json => podOf({ containers: [{ ...container, ...more }] });
export const holding = (source: Json): Json => podOf({ volumes: [{ name: 'v', ...source }] });
export const service = (spec: Json = {}): Json => ({ spec: { ports: [{ port: 80 }], selector: { a: 'b' }, ...spec } });
export const directory: Json = { hostPath: { path: '/a' } };
export const volume = (source: Json, more: Json = {}): Json => ({
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...source, ...more },
});
export const claim = (spec: Json = {}, more: Json = {}): Json => ({
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  ...more,
});
export const expression = (key: string, operator: string, values?: string[]): Json => ({
  matchExpressions: [{ key, operator, ...(values && { values }) }],
});
export const onNodes = (...nodeSelectorTerms: Json[]): Json => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
});
