/** Registries and repositories of code for users, through the guarded client; Secrets are read as the user. */
import type { KubeObject } from '@orrery/machinery/meta';
import { resources } from '@orrery/client/resources';
import { StatusError, badRequest } from '@orrery/machinery/status';
import { registries as routes } from '@orrery/platform-contract/features';
import { handlersFor, type Feature } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { basicSecret, registrySecret, type RegistrySecret } from './credentials.ts';
import { verifyGit } from './git.ts';
import { parseReference, registryOf } from './reference.ts';
import { createRegistry, searchImages, type RegistryOptions } from './registry.ts';

const manifest = {
  name: 'registries',
  summary: 'Registries of images and hosts of code',
  routes,
  kinds: [],
  menus: [],
  needs: [],
} as const;

const success = { message: 'success' };

export const registries: Feature = {
  manifest,
  start(context) {
    const { egress } = context;
    const secretOf = (caller: Caller, namespace: string, name: string): Promise<KubeObject> =>
      context.clientOf(caller).get(resources.secrets, name, { namespace });
    const written = async (caller: Caller, namespace: string, name: string | undefined) =>
      name ? registrySecret(await secretOf(caller, namespace, name)) : undefined;
    const optionsFor = (registry: string, secret: RegistrySecret | undefined, signal: AbortSignal): RegistryOptions => {
      const credential = secret?.byRegistry.get(registry);
      return {
        egress,
        registry,
        ...(credential && { credential }),
        written: [...(secret?.byRegistry.keys() ?? [])],
        isInsecure: secret?.isInsecure ?? false,
        signal,
      };
    };
    return {
      handlers: handlersFor(routes, {
        verify: async ({ body: { username, password, serverhost }, request }) => {
          const registry = registryOf(serverhost);
          const isInsecure = /^http:\/\//i.test(serverhost.trim());
          const credential = { username, password };
          await createRegistry({ egress, registry, credential, isInsecure, signal: request.signal }).verify();
          return success;
        },
        blob: async ({ caller, query, request }) => {
          const reference = parseReference(query.image);
          if (query.secret && !query.namespace) throw badRequest('query.namespace is where the Secret is');
          const secret = await written(caller, query.namespace ?? '', query.secret);
          const options = optionsFor(reference.registry, secret, request.signal);
          const isInsecure = options.isInsecure === true || query.insecure === 'true';
          const about = { imageTag: reference.version, registry: reference.registry };
          try {
            const { manifest: imageManifest, config } = await createRegistry({ ...options, isInsecure }).image(
              reference,
            );
            return { status: 'succeeded', imageManifest, imageBlob: config, ...about };
          } catch (error) {
            if (!(error instanceof StatusError)) throw error;
            return { status: 'failed', message: error.message, ...about };
          }
        },
        verifySecret: async ({ body, request }) => {
          const secret = registrySecret(body);
          if (secret.byRegistry.size === 0) throw badRequest('the Secret names no registry with a user and a password');
          for (const registry of secret.byRegistry.keys())
            await createRegistry(optionsFor(registry, secret, request.signal)).verify();
          return body;
        },
        imageConfig: async ({ caller, path, query, request }) => {
          const reference = parseReference(query.image);
          const secret = await written(caller, path.namespace, query.secret);
          return (await createRegistry(optionsFor(reference.registry, secret, request.signal)).image(reference)).config;
        },
        tags: async ({ caller, path, query, request }) => {
          const { registry, repository } = parseReference(query.repository);
          const secret = await written(caller, path.namespace, query.secret);
          const all = await createRegistry(optionsFor(registry, secret, request.signal)).tags(repository);
          const sorted = all.toSorted();
          if (query.ascending !== 'true') sorted.reverse();
          const { page = 1, limit = 0 } = query;
          const tags = limit > 0 ? sorted.slice((page - 1) * limit, page * limit) : sorted;
          return { registry, repository, tags, total: all.length };
        },
        search: async ({ caller, path, query, request }) => {
          const secret = await written(caller, path.namespace, query.secret);
          const registry = secret ? ([...secret.byRegistry.keys()][0] ?? 'docker.io') : 'docker.io';
          return searchImages(optionsFor(registry, secret, request.signal), query.q);
        },
        verifyGit: async ({ caller, body: { remoteUrl, secretRef }, request }) => {
          const { namespace, name } = secretRef ?? {};
          const secret = name ? await secretOf(caller, namespace || 'default', name) : undefined;
          await verifyGit(egress, remoteUrl, {
            ...(secret && { credential: basicSecret(secret) }),
            signal: request.signal,
          });
          return success;
        },
      }),
    };
  },
};
