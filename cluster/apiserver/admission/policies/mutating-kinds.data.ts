/**
 * `admissionregistration.k8s.io/v1beta1` of v1.34: MutatingAdmissionPolicy and its binding. Upstream does not serve them by default; here they
 * are described as custom resources are, and served where the option says so.
 */
import type { JSONSchemaProps } from '@orrery/kinds/types';

const text: JSONSchemaProps = { type: 'string' };
const object = (properties: Record<string, JSONSchemaProps>, more: JSONSchemaProps = {}): JSONSchemaProps => ({
  type: 'object',
  properties,
  ...more,
});
const list = (items: JSONSchemaProps, more: JSONSchemaProps = { 'x-kubernetes-list-type': 'atomic' }): JSONSchemaProps => ({
  type: 'array',
  items,
  ...more,
});
const atomic: JSONSchemaProps = { 'x-kubernetes-map-type': 'atomic' };
const texts = list(text);

const selector: JSONSchemaProps = object(
  {
    matchLabels: { type: 'object', additionalProperties: text },
    matchExpressions: list(object({ key: text, operator: text, values: texts })),
  },
  atomic,
);

const rule = object(
  {
    apiGroups: texts,
    apiVersions: texts,
    operations: texts,
    resourceNames: texts,
    resources: texts,
    scope: { ...text, default: '*' },
  },
  atomic,
);

const matchResources = object(
  {
    excludeResourceRules: list(rule),
    matchPolicy: { ...text, default: 'Equivalent' },
    namespaceSelector: { ...selector, default: {} },
    objectSelector: { ...selector, default: {} },
    resourceRules: list(rule),
  },
  atomic,
);

const mutation = object({
  applyConfiguration: object({ expression: text }),
  jsonPatch: object({ expression: text }),
  patchType: text,
});

export const policySpec = object({
  failurePolicy: { ...text, default: 'Fail' },
  matchConditions: list(object({ expression: text, name: text }), {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  }),
  matchConstraints: matchResources,
  mutations: list(mutation),
  paramKind: object({ apiVersion: text, kind: text }, atomic),
  reinvocationPolicy: text,
  variables: list(object({ expression: text, name: text })),
});

export const bindingSpec = object({
  matchResources,
  paramRef: object({ name: text, namespace: text, parameterNotFoundAction: text, selector }, atomic),
  policyName: text,
});
