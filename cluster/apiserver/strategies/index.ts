/** The special rules of built-in resources, by `group/resource`. A resource that is not here follows the generic rules. */
import type { Strategy } from '../types.ts';
import { podStrategy } from './pods.ts';
import { eventStrategy } from './events.ts';
import { namespaceStrategy } from './namespaces.ts';

const strategies: Readonly<Record<string, Strategy>> = {
  '/pods': podStrategy,
  '/events': eventStrategy,
  'events.k8s.io/events': eventStrategy,
  '/namespaces': namespaceStrategy,
};

const generic: Strategy = {};

export const strategyOf = (group: string, resource: string): Strategy => strategies[`${group}/${resource}`] ?? generic;
