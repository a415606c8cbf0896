/** Which writes webhooks and policies are about (apiserver `admission/plugin/webhook/predicates`, `policy/matching`). */
import type { MatchResources, NamedRuleWithOperations } from '@orrery/kinds/types';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import type { LabelSelector, LabelSelectorObject } from '@orrery/machinery/selector';
import { notFound } from '@orrery/machinery/status';
import type { AdmissionAttributes, AdmissionKind, AdmissionResource, Served } from '../types.ts';

/** A write as a rule sees it: in the version that was asked for, or in another one of the same objects. */
export interface Matched {
  readonly resource: AdmissionResource;
  readonly kind: AdmissionKind;
}

export type MatchedAttributes = Pick<
  AdmissionAttributes,
  'operation' | 'kind' | 'resource' | 'subresource' | 'namespace' | 'name' | 'object' | 'oldObject' | 'reads'
>;

const group = 'admissionregistration.k8s.io';
const configurations = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]);

/** Webhooks and policies themselves: never subject to any, so that a bad one can be mended. */
export const isConfiguration = (resource: { group: string; resource: string }): boolean =>
  resource.group === group && configurations.has(resource.resource);

const isNamespaces = ({ group: of, resource }: AdmissionResource): boolean => of === '' && resource === 'namespaces';

const has = (items: readonly string[] | undefined, wanted: string): boolean =>
  items?.some(item => item === '*' || item === wanted) ?? false;

function hasResource(items: readonly string[] | undefined, resource: string, subresource: string): boolean {
  return (items ?? []).some(item => {
    const slash = item.indexOf('/');
    const [name, part] = slash < 0 ? [item, ''] : [item.slice(0, slash), item.slice(slash + 1)];
    return (name === '*' || name === resource) && (part === '*' || part === subresource);
  });
}

/** Whether a rule is about a write, taken as one to `resource`. */
export function matchesRule(
  rule: NamedRuleWithOperations,
  attributes: MatchedAttributes,
  resource: AdmissionResource = attributes.resource,
): boolean {
  const { operation, subresource, namespace, name } = attributes;
  const isClusterWide = namespace === '' || isNamespaces(resource);
  if (rule.scope === 'Cluster' ? !isClusterWide : rule.scope === 'Namespaced' && isClusterWide) return false;
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, resource.group) &&
    has(rule.apiVersions, resource.version) &&
    hasResource(rule.resources, resource.resource, subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  );
}

/** As what a write fits one of the rules: as it was sent or, with the policy `Equivalent`, in another version. */
export function matchRules(
  rules: readonly NamedRuleWithOperations[],
  matchPolicy: string | undefined,
  attributes: MatchedAttributes,
  served: Pick<Served, 'equivalents'>,
): Matched | undefined {
  const { resource, kind, subresource } = attributes;
  if (rules.some(rule => matchesRule(rule, attributes))) return { resource, kind };
  if (matchPolicy !== 'Equivalent' || rules.length === 0) return undefined;
  const others = served.equivalents(resource, subresource);
  if (others.length < 2) return undefined;
  for (const rule of rules) {
    const found = others.find(other => matchesRule(rule, attributes, other.resource));
    if (found) return { resource: found.resource, kind: found.kind };
  }
  return undefined;
}

const parsed = new WeakMap<LabelSelectorObject, LabelSelector>();

/** Parsed once per object: selectors of stored objects are frozen. */
function selectorOf(object: LabelSelectorObject): LabelSelector {
  let selector = parsed.get(object);
  if (!selector) parsed.set(object, (selector = selectorFromObject(object)));
  return selector;
}

/** @throws StatusError 404 when the namespace is needed and does not exist. */
export async function matchesNamespace(
  selector: LabelSelectorObject | undefined,
  { operation, resource, subresource, namespace, name, object, reads }: MatchedAttributes,
): Promise<boolean> {
  const ofNamespace = isNamespaces(resource);
  if (!selector || (namespace === '' && !ofNamespace)) return true;
  const wanted = selectorOf(selector);
  if (wanted.length === 0) return true;
  if (ofNamespace && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'))
    return matches(wanted, object?.metadata.labels);
  const of = ofNamespace ? name : namespace;
  const found = await reads.get({ group: '', resource: 'namespaces' }, '', of);
  if (!found) throw notFound({ group: '', resource: 'namespaces', name: of });
  return matches(wanted, found.metadata.labels);
}

/** Whether the object as it is or as it was carries the labels. */
export function matchesObject(
  selector: LabelSelectorObject | undefined,
  { object, oldObject }: MatchedAttributes,
): boolean {
  const wanted = selector && selectorOf(selector);
  if (!wanted?.length) return true;
  return [object, oldObject].some(one => one?.metadata !== undefined && matches(wanted, one.metadata.labels));
}

/** As what a write is met by constraints; undefined when it is not. Without rules every resource is. */
export async function matchResources(
  constraints: MatchResources,
  attributes: MatchedAttributes,
  served: Pick<Served, 'equivalents'>,
): Promise<Matched | undefined> {
  const { resourceRules = [], excludeResourceRules = [], matchPolicy } = constraints;
  const { resource, kind } = attributes;
  const found =
    resourceRules.length === 0 ? { resource, kind } : matchRules(resourceRules, matchPolicy, attributes, served);
  if (!found || matchRules(excludeResourceRules, matchPolicy, attributes, served)) return undefined;
  if (!matchesObject(constraints.objectSelector, attributes)) return undefined;
  return (await matchesNamespace(constraints.namespaceSelector, attributes)) ? found : undefined;
}
