/** Shells in containers, on nodes and with kubectl, at KubeSphere's paths: WebSockets of JSON text frames. Their recordings; files. */
import type { KubeObject } from '@orrery/machinery/meta';
import { done, listQuery, pageOf } from '../list.ts';
import { below, filtered, grant } from '../route.ts';
import { integer, object, oneOf, optional, record, text } from '../schema.ts';

const route = below('terminal', 'terminal.kubesphere.io', ['v1alpha2']);
const own = below('terminal', 'terminal.orrery.io', ['v1alpha1']);
const inPod = grant('project', 'create', '', 'pods/exec', { name: 'pod' });
const place = { container: optional(text(undefined, 63)), path: text('in the container, from its root on') };

/** Of one terminal. `metadata.name` is its id; the namespace is the pod's, absent for nodes and kubectl. */
export interface Recording extends KubeObject {
  spec: {
    user: string;
    kind: 'pod' | 'node' | 'kubectl';
    namespace?: string;
    pod?: string;
    container?: string;
    node?: string;
  };
  status: {
    state: 'open' | 'ended' | 'interrupted';
    reason?: string;
    startTime: string;
    endTime?: string;
    seconds: number;
    bytes: number;
    chunks: number;
    /** SHA-256 over all chunks, each with that before it. */
    hash: string;
    /** Where one is looked at: what is stored is what was recorded. */
    intact?: boolean;
  };
}

const recording = object<Recording>('Recording');

export const terminal = {
  exec: route(
    'terminal.exec',
    'GET',
    '/namespaces/{namespace}/pods/{pod}/exec',
    'A WebSocket to a shell in a container; without `shell` bash is tried, then sh',
    inPod,
    {
      query: record({ container: optional(text(undefined, 63)), shell: optional(text(undefined, 64)) }),
      openQuery: true,
      rechecks: true,
    },
  ),
  node: route(
    'terminal.node',
    'GET',
    '/nodes/{node}/exec',
    'A WebSocket to a shell of the node itself, as its root',
    grant('platform', 'create', '', 'nodes/exec', { name: 'node' }),
    { openQuery: true, rechecks: true, errors: [404, 409] },
  ),
  kubectl: route(
    'terminal.kubectl',
    'GET',
    '/users/{user}/kubectl',
    'A WebSocket to a shell with kubectl, which may do what the user may',
    grant('platform', 'create', 'terminal.kubesphere.io', 'users/kubectl', { name: 'user', self: 'user' }),
    { openQuery: true, rechecks: true, errors: [409] },
  ),
  downloadFile: route(
    'terminal.downloadFile',
    'GET',
    '/namespaces/{namespace}/pods/{pod}/file',
    'A file or a folder of a container as an archive, without links; or one file as it is',
    inPod,
    { query: record({ ...place, raw: optional(oneOf('true', 'false')) }), errors: [404, 409] },
  ),
  uploadFile: route(
    'terminal.uploadFile',
    'POST',
    '/namespaces/{namespace}/pods/{pod}/file',
    'Files of a form into the folder `path`; or, as application/octet-stream, a piece of the file `path` from `offset` on',
    inPod,
    { query: record({ ...place, offset: optional(integer(0)) }), answer: done, errors: [404, 409, 413, 415] },
  ),
  recordings: own(
    'terminal.recordings',
    'GET',
    '/recordings',
    'Recordings of the user’s own terminals, and of those he may look into',
    filtered,
    { query: listQuery, openQuery: true, answer: pageOf(recording) },
  ),
  recording: own('terminal.recording', 'GET', '/recordings/{recording}', 'One recording, looked over', filtered, {
    answer: recording,
    errors: [404],
  }),
  cast: own(
    'terminal.cast',
    'GET',
    '/recordings/{recording}/cast',
    'What was on the screen, as asciicast v2, without what reaches beyond the screen',
    filtered,
    { errors: [404] },
  ),
  deleteRecording: own(
    'terminal.deleteRecording',
    'DELETE',
    '/recordings/{recording}',
    'Removes a recording before its time',
    grant('platform', 'delete', 'terminal.orrery.io', 'recordings', { name: 'recording' }),
    { answer: done, errors: [404] },
  ),
};
