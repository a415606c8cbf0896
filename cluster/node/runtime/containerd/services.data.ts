/** containerd's own services as tables (API of 1.6 to 2.x, which only ever added fields): what CRI does not offer. */
import { enumeration, mapOf, message, repeated, surfaced } from '@orrery/machinery/protobuf';
import { procedure } from '../grpc.ts';

/** The namespace in which the CRI plug-in keeps everything. */
export const kubernetesNamespace = 'k8s.io';
export const inKubernetes = { headers: { 'containerd-namespace': kubernetesNamespace } } as const;

const strings = mapOf('string');
const nothing = message('Empty', []);

/** google.protobuf.Timestamp as milliseconds since the epoch. */
const timestamp = surfaced<number>(
  'Timestamp',
  [
    [1, 'seconds', 'int64'],
    [2, 'nanos', 'int32'],
  ],
  {
    fromFields: ({ seconds = 0, nanos = 0 }) => Number(seconds) * 1000 + Math.floor(Number(nanos) / 1e6),
    toFields: value => ({ seconds: Math.floor(value / 1000), nanos: (value % 1000) * 1e6 }),
  },
);
const any = message('Any', [
  [1, 'typeUrl', 'string'],
  [2, 'value', 'bytes'],
]);
const fieldMask = message('FieldMask', [[1, 'paths', repeated('string')]]);

export const Descriptor = message('Descriptor', [
  [1, 'mediaType', 'string'],
  [2, 'digest', 'string'],
  [3, 'size', 'int64'],
  [5, 'annotations', strings],
]);
const Mount = message('Mount', [
  [1, 'type', 'string'],
  [2, 'source', 'string'],
  [3, 'target', 'string'],
  [4, 'options', repeated('string')],
]);
const mounts = message('MountsResponse', [[1, 'mounts', repeated(Mount)]]);

const ContentInfo = message('Info', [
  [1, 'digest', 'string'],
  [2, 'size', 'int64'],
  [3, 'createdAt', timestamp],
  [5, 'labels', strings],
]);
const contentPath = (name: string) => `/containerd.services.content.v1.Content/${name}`;
const WriteAction = enumeration(['stat', 'write', 'commit']);

export const content = {
  info: procedure(
    contentPath('Info'),
    message('InfoRequest', [[1, 'digest', 'string']]),
    message('InfoResponse', [[1, 'info', ContentInfo]]),
  ),
  update: procedure(
    contentPath('Update'),
    message('UpdateRequest', [
      [1, 'info', ContentInfo],
      [2, 'updateMask', fieldMask],
    ]),
    message('UpdateResponse', [[1, 'info', ContentInfo]]),
  ),
  write: procedure(
    contentPath('Write'),
    message('WriteContentRequest', [
      [1, 'action', WriteAction],
      [2, 'ref', 'string'],
      [3, 'total', 'int64'],
      [4, 'expected', 'string'],
      [5, 'offset', 'int64'],
      [6, 'data', 'bytes'],
      [7, 'labels', strings],
    ]),
    message('WriteContentResponse', [
      [1, 'action', WriteAction],
      [4, 'offset', 'int64'],
      [5, 'total', 'int64'],
      [6, 'digest', 'string'],
    ]),
  ),
  abort: procedure(contentPath('Abort'), message('AbortRequest', [[1, 'ref', 'string']]), nothing),
};

const Image = message('Image', [
  [1, 'name', 'string'],
  [2, 'labels', strings],
  [3, 'target', Descriptor],
  [7, 'createdAt', timestamp],
  [8, 'updatedAt', timestamp],
]);
const imagePath = (name: string) => `/containerd.services.images.v1.Images/${name}`;
const imageAnswer = message('ImageResponse', [[1, 'image', Image]]);

export const images = {
  get: procedure(imagePath('Get'), message('GetImageRequest', [[1, 'name', 'string']]), imageAnswer),
  list: procedure(
    imagePath('List'),
    message('ListImagesRequest', [[1, 'filters', repeated('string')]]),
    message('ListImagesResponse', [[1, 'images', repeated(Image)]]),
  ),
  create: procedure(imagePath('Create'), message('CreateImageRequest', [[1, 'image', Image]]), imageAnswer),
  update: procedure(
    imagePath('Update'),
    message('UpdateImageRequest', [
      [1, 'image', Image],
      [2, 'updateMask', fieldMask],
    ]),
    imageAnswer,
  ),
};

const leasePath = (name: string) => `/containerd.services.leases.v1.Leases/${name}`;

/** A lease keeps what is being written from the garbage collector; named in the header `containerd-lease`. */
export const leases = {
  create: procedure(
    leasePath('Create'),
    message('CreateLeaseRequest', [
      [1, 'id', 'string'],
      [3, 'labels', strings],
    ]),
    nothing,
  ),
  delete: procedure(
    leasePath('Delete'),
    message('DeleteLeaseRequest', [
      [1, 'id', 'string'],
      [2, 'sync', 'bool'],
    ]),
    nothing,
  ),
};

const snapshotPath = (name: string) => `/containerd.services.snapshots.v1.Snapshots/${name}`;
const snapshotKey = message('SnapshotRequest', [
  [1, 'snapshotter', 'string'],
  [2, 'key', 'string'],
]);

export const snapshots = {
  prepare: procedure(
    snapshotPath('Prepare'),
    message('PrepareSnapshotRequest', [
      [1, 'snapshotter', 'string'],
      [2, 'key', 'string'],
      [3, 'parent', 'string'],
      [4, 'labels', strings],
    ]),
    mounts,
  ),
  commit: procedure(
    snapshotPath('Commit'),
    message('CommitSnapshotRequest', [
      [1, 'snapshotter', 'string'],
      [2, 'name', 'string'],
      [3, 'key', 'string'],
      [4, 'labels', strings],
    ]),
    nothing,
  ),
  remove: procedure(snapshotPath('Remove'), snapshotKey, nothing),
  stat: procedure(
    snapshotPath('Stat'),
    snapshotKey,
    message('StatSnapshotResponse', [[1, 'info', message('SnapshotInfo', [[1, 'name', 'string']])]]),
  ),
};

export const diff = {
  /** Extracts a layer blob into mounts; the answer's digest is that of the uncompressed layer. */
  apply: procedure(
    '/containerd.services.diff.v1.Diff/Apply',
    message('ApplyRequest', [
      [1, 'diff', Descriptor],
      [2, 'mounts', repeated(Mount)],
    ]),
    message('ApplyResponse', [[1, 'applied', Descriptor]]),
  ),
};

export const version = procedure(
  '/containerd.services.version.v1.Version/Version',
  nothing,
  message('VersionResponse', [
    [1, 'version', 'string'],
    [2, 'revision', 'string'],
  ]),
);

/** Subscribes to events that match any of the filters. */
export const subscribe = procedure(
  '/containerd.services.events.v1.Events/Subscribe',
  message('SubscribeRequest', [[1, 'filters', repeated('string')]]),
  message('Envelope', [
    [1, 'timestamp', timestamp],
    [2, 'namespace', 'string'],
    [3, 'topic', 'string'],
    [4, 'event', any],
  ]),
);

/** Bodies of the events that we ask for, by topic. */
export const eventBodies = {
  '/containers/create': message('ContainerCreate', [[1, 'id', 'string']]),
  '/containers/delete': message('ContainerDelete', [[1, 'id', 'string']]),
  '/tasks/start': message('TaskStart', [[1, 'containerId', 'string']]),
  '/tasks/exit': message('TaskExit', [
    [1, 'containerId', 'string'],
    [2, 'id', 'string'],
    [3, 'pid', 'uint32'],
    [4, 'exitStatus', 'uint32'],
  ]),
  '/tasks/oom': message('TaskOOM', [[1, 'containerId', 'string']]),
};
