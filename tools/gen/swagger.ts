/** The parts of an OpenAPI v2 document that the generator reads, and where the reference document is found. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';

export interface SwaggerSchema {
  $ref?: string;
  type?: string;
  format?: string;
  required?: string[];
  properties?: Record<string, SwaggerSchema>;
  items?: SwaggerSchema;
  additionalProperties?: SwaggerSchema;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

export interface SwaggerOperation {
  'x-kubernetes-action'?: string;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string };
}

export interface Swagger {
  definitions: Record<string, SwaggerSchema>;
  paths: Record<string, Record<string, SwaggerOperation>>;
}

/** The folder of reference data beside the repository, absent in most clones. */
export const referenceDirectory = fileURLToPath(new URL('../../../shared/reference/kubernetes/', import.meta.url));

/** True where the reference data is present. */
export const hasReference = (): boolean => existsSync(`${referenceDirectory}swagger-v1.34.json.gz`);

export const readSwagger = (): Swagger =>
  JSON.parse(gunzipSync(readFileSync(`${referenceDirectory}swagger-v1.34.json.gz`)).toString('utf8')) as Swagger;

/** `io.k8s.api.core.v1.Pod` becomes `core.v1.Pod`: the last three parts, or the scalar's own name. */
export const shortTypeName = (definition: string): string => definition.split('.').slice(-3).join('.');
