/** Shells in containers, at KubeSphere's path: a WebSocket of JSON text frames. */
import { below, grant } from '../route.ts';
import { optional, record, text } from '../schema.ts';

const route = below('terminal', 'terminal.kubesphere.io', ['v1alpha2']);

export const terminal = {
  exec: route(
    'terminal.exec',
    'GET',
    '/namespaces/{namespace}/pods/{pod}/exec',
    'A WebSocket to a shell in a container; without `shell` bash is tried, then sh',
    grant('project', 'create', '', 'pods/exec', { name: 'pod' }),
    {
      query: record({ container: optional(text(undefined, 63)), shell: optional(text(undefined, 64)) }),
      openQuery: true,
      rechecks: true,
    },
  ),
};
