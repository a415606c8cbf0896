/** Registries of images and hosts of code: whether credentials work there, and what is there. Asked through the guarded client. */
import type { KubeObject } from '@orrery/machinery/meta';
import { done } from '../list.ts';
import { below, grant, login } from '../route.ts';
import { integer, list, object, oneOf, optional, record, text } from '../schema.ts';

const older = below('registries', 'resources.kubesphere.io', ['v1alpha2']);
const route = below('registries', 'resources.kubesphere.io', ['v1alpha3']);
const inProject = grant('project', 'list', '', 'secrets');
const secret = optional(
  text('a Secret of the type kubernetes.io/dockerconfigjson in the project; anonymous unless given', 253),
);
const some = object<Record<string, unknown>>('as the registry has it');

export const registries = {
  verify: older(
    'registries.verify',
    'POST',
    '/registry/verify',
    'Whether a registry takes a name and a password',
    login,
    { body: record({ username: text(), password: text(), serverhost: text(undefined, 512) }), answer: done },
  ),
  blob: older('registries.blob', 'GET', '/registry/blob', 'Manifest and configuration of an image', login, {
    query: record({
      image: text(undefined, 1024),
      namespace: optional(text()),
      secret: optional(text()),
      insecure: optional(oneOf('true', 'false')),
    }),
    answer: record({
      status: text('succeeded or failed'),
      message: optional(text()),
      imageManifest: optional(some),
      imageBlob: optional(some),
      imageTag: optional(text()),
      registry: optional(text()),
    }),
  }),
  verifySecret: route(
    'registries.verifySecret',
    'POST',
    '/namespaces/{namespace}/registrysecrets/{secret}/verify',
    'Whether a registry takes what a Secret says, before or after it is there',
    grant('project', 'create', '', 'secrets'),
    { body: object<KubeObject>('Secret'), answer: object<KubeObject>('Secret') },
  ),
  imageConfig: route(
    'registries.imageConfig',
    'GET',
    '/namespaces/{namespace}/imageconfig',
    'The configuration of an image: ports, user, command, environment',
    inProject,
    { query: record({ image: text(undefined, 1024), secret }), answer: some, errors: [404] },
  ),
  tags: route(
    'registries.tags',
    'GET',
    '/namespaces/{namespace}/repositorytags',
    'The tags of a repository',
    inProject,
    {
      query: record({
        repository: text(undefined, 1024),
        secret,
        page: optional(integer(1)),
        limit: optional(integer(0)),
        ascending: optional(oneOf('true', 'false')),
      }),
      answer: record({ registry: text(), repository: text(), tags: list(text()), total: integer() }),
      errors: [404],
    },
  ),
  search: route(
    'registries.search',
    'GET',
    '/namespaces/{namespace}/images',
    'Repositories with a word in their name: of Docker Hub, or of the Harbor that a Secret names',
    inProject,
    { query: record({ q: text(undefined, 256), secret }), answer: record({ total: integer(), entries: list(text()) }) },
  ),
  verifyGit: older(
    'registries.verifyGit',
    'POST',
    '/git/verify',
    'Whether a repository of code can be read with the user and password of a Secret',
    login,
    {
      body: record({
        remoteUrl: text(undefined, 1024),
        secretRef: optional(record({ namespace: optional(text()), name: optional(text()) })),
      }),
      answer: done,
      errors: [404],
    },
  ),
};
