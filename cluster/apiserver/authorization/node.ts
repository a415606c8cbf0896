/**
 * The node authorizer: a kubelet reads what its own pods need and writes what concerns itself (upstream
 * `plugin/pkg/auth/authorizer/node`). NodeRestriction admission checks what only the object's content tells.
 */
import type { UserInfo } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import { parseFieldSelector } from '@orrery/machinery/selector';
import type { Authorizer, AuthorizationAttributes, Decision } from '../types.ts';
import { ruleOf } from './bootstrap-roles.ts';
import { clusterRoles } from './bootstrap.data.ts';
import type { NodeGraph, Vertex } from './node-graph.ts';
import { ruleAllows } from './rules.ts';

const prefix = 'system:node:';

/** The node that a user is; `''` when it is some node without a name; undefined when it is no node. */
export function nodeOf(user: UserInfo): string | undefined {
  if (!user.name.startsWith(prefix) || !user.groups.includes('system:nodes')) return undefined;
  return user.name.slice(prefix.length);
}

const allow: Decision = { decision: 'allow', reason: '' };
const no = (reason = ''): Decision => ({ decision: 'no-opinion', reason });

/** Whether a field selector demands exactly this value of a field. */
export function selects(selector: string | undefined, field: string, value: string): boolean {
  try {
    return parseFieldSelector(selector ?? '').some(
      term => term.field === field && term.operator === '=' && term.value === value,
    );
  } catch {
    return false;
  }
}

const nodeRules = (clusterRoles['system:node'] ?? []).map(ruleOf);

type Rule = (node: string, attributes: AuthorizationAttributes, graph: NodeGraph) => Decision;

function related(
  vertex: Vertex,
  node: string,
  { namespace, name }: AuthorizationAttributes,
  graph: NodeGraph,
): Decision {
  if (!name) return no('No Object name found');
  return graph.related(node, vertex, namespace, name)
    ? allow
    : no(`no relationship found between node '${node}' and this object`);
}

/** Secrets and ConfigMaps: single objects may be watched too. */
const readNamespaced =
  (vertex: Vertex): Rule =>
  (node, attributes, graph) => {
    if (!['get', 'list', 'watch'].includes(attributes.verb)) return no('can only read resources of this type');
    if (attributes.subresource) return no('cannot read subresource');
    if (!attributes.namespace) return no('can only read namespaced object of this type');
    return related(vertex, node, attributes, graph);
  };

const getOnly =
  (vertex: Vertex): Rule =>
  (node, attributes, graph) => {
    if (attributes.verb !== 'get') return no('can only get individual resources of this type');
    if (attributes.subresource) return no('cannot get subresource');
    return related(vertex, node, attributes, graph);
  };

const claims: Rule = (node, attributes, graph) => {
  if (attributes.subresource !== 'status') return getOnly('persistentvolumeclaim')(node, attributes, graph);
  if (attributes.verb !== 'update' && attributes.verb !== 'patch') return no('can only get/update/patch this type');
  return related('persistentvolumeclaim', node, attributes, graph);
};

const accounts: Rule = (node, attributes, graph) => {
  if (attributes.verb !== 'create' || !attributes.name)
    return no('can only create tokens for individual service accounts');
  if (attributes.subresource !== 'token') return no('can only create token subresource of serviceaccount');
  return related('serviceaccount', node, attributes, graph);
};

const own = ['get', 'create', 'update', 'patch', 'delete'];

const leases: Rule = (node, { verb, namespace, name }) => {
  if (!own.includes(verb)) return no('can only get, create, update, patch, or delete a node lease');
  if (namespace !== 'kube-node-lease') return no('can only access leases in the "kube-node-lease" system namespace');
  if (verb !== 'create' && name !== node)
    return no('can only access node lease with the same name as the requesting node');
  return allow;
};

const csiNodes: Rule = (node, { verb, subresource, name }) => {
  if (!own.includes(verb)) return no('can only get, create, update, patch, or delete a CSINode');
  if (subresource) return no('cannot authorize CSINode subresources');
  if (verb !== 'create' && name !== node)
    return no('can only access CSINode with the same name as the requesting node');
  return allow;
};

const slices: Rule = (node, attributes, graph) => {
  const { verb, subresource, fieldSelector } = attributes;
  if (subresource) return no('cannot authorize ResourceSlice subresources');
  if (verb === 'create') return allow;
  if (['get', 'update', 'patch', 'delete'].includes(verb)) return related('resourceslice', node, attributes, graph);
  if (['watch', 'list', 'deletecollection'].includes(verb))
    return selects(fieldSelector, 'spec.nodeName', node)
      ? allow
      : no('can only list/watch/deletecollection resourceslices with nodeName field selector');
  return no(
    'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
  );
};

const nodes: Rule = (node, { verb, subresource, name }) => {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : no();
  if (subresource) return no();
  if (['create', 'update', 'patch'].includes(verb)) return allow;
  if (!['get', 'list', 'watch'].includes(verb)) return no();
  if (name === node) return allow;
  return no(
    name
      ? `node '${node}' cannot read '${name}', only its own Node object`
      : `node '${node}' cannot read all nodes, only its own Node object`,
  );
};

const pods: Rule = (node, attributes, graph) => {
  const { verb, subresource, name, fieldSelector } = attributes;
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : no();
  if (subresource === 'eviction') return verb === 'create' ? allow : no();
  if (subresource) return no();
  if (verb === 'get') return getOnly('pod')(node, attributes, graph);
  if (verb === 'create' || verb === 'delete') return allow;
  if (verb !== 'list' && verb !== 'watch') return no();
  if (selects(fieldSelector, 'spec.nodeName', node)) return allow;
  return name
    ? related('pod', node, attributes, graph)
    : no('can only list/watch pods with spec.nodeName field selector');
};

const divided: Readonly<Record<string, Rule>> = {
  '/secrets': readNamespaced('secret'),
  '/configmaps': readNamespaced('configmap'),
  '/persistentvolumeclaims': claims,
  '/persistentvolumes': getOnly('persistentvolume'),
  '/serviceaccounts': accounts,
  '/nodes': nodes,
  '/pods': pods,
  'resource.k8s.io/resourceclaims': getOnly('resourceclaim'),
  'resource.k8s.io/resourceslices': slices,
  'storage.k8s.io/volumeattachments': getOnly('volumeattachment'),
  'storage.k8s.io/csinodes': csiNodes,
  'coordination.k8s.io/leases': leases,
};

/** Decides from what the graph knows; call `settle` before. */
export function nodeDecision(graph: NodeGraph, user: UserInfo, attributes: AuthorizationAttributes): Decision {
  const node = nodeOf(user);
  if (node === undefined) return no();
  if (node === '') return no(`unknown node for user "${user.name}"`);
  const rule = attributes.isResourceRequest ? divided[`${attributes.apiGroup}/${attributes.resource}`] : undefined;
  if (rule) return rule(node, attributes, graph);
  return nodeRules.some(each => ruleAllows(each, attributes)) ? allow : no();
}

/** Resources whose objects are looked up in the graph. */
const looksUp = ({ resource, subresource, verb }: AuthorizationAttributes): boolean =>
  resource === 'pods'
    ? subresource === '' && verb !== 'create' && verb !== 'delete'
    : resource !== 'nodes' && resource !== 'leases';

export const nodeAuthorizer =
  (graph: NodeGraph, clock: Pick<Clock, 'sleep'>): Authorizer =>
  async (user, attributes) => {
    if (nodeOf(user) !== undefined && looksUp(attributes)) await graph.settle(clock);
    return nodeDecision(graph, user, attributes);
  };
