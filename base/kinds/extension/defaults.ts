/** Defaults of apiextensions.k8s.io/v1 and apiregistration.k8s.io/v1. */
import { fill } from '../fill.ts';
import type { APIService, CustomResourceDefinition } from '../types.data.ts';

export function defaultCustomResourceDefinition({ spec }: CustomResourceDefinition): void {
  const { names } = spec;
  fill(names, { singular: names.kind.toLowerCase(), listKind: `${names.kind}List` });
  fill(spec, { conversion: () => ({ strategy: 'None' }) });
  const service = spec.conversion?.webhook?.clientConfig?.service;
  if (service) fill(service, { port: 443 });
}

export function defaultApiService({ spec }: APIService): void {
  if (spec.service) fill(spec.service, { port: 443 });
}
