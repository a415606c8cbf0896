/** Names of images and of registries, as Docker reads them. Pure. */
import { badRequest } from '@orrery/machinery/status';

export interface Reference {
  /** As people say it, e.g. `docker.io`. */
  readonly registry: string;
  readonly repository: string;
  /** A tag, or a digest. */
  readonly version: string;
}

const hub = 'docker.io';
const hubNames = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);
const host = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;
const part = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const tag = /^\w[\w.-]{0,127}$/;
const digest = /^sha256:[0-9a-f]{64}$/;

/** @throws StatusError 400. */
export function parseReference(text: string): Reference {
  if (/\s/.test(text)) throw badRequest('this is no name of an image');
  const [named = '', digestText] = text.split('@', 2);
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost';
  const registry = isHost ? registryOf(first) : hub;
  const rest = isHost ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tagText = colon < 0 ? 'latest' : rest.slice(colon + 1);
  const repository = registry === hub && !path.includes('/') ? `library/${path}` : path;
  if (!repository.split('/').every(name => part.test(name))) throw badRequest('this is no name of an image');
  if (digestText !== undefined ? !digest.test(digestText) : !tag.test(tagText))
    throw badRequest('the image has a tag or a digest that is none');
  return { registry, repository, version: digestText ?? tagText };
}

/** Whether a registry may be asked for this: what is no such name could lead anywhere in it. */
export const isReference = (repository: string, tagText = 'latest'): boolean =>
  repository.split('/').every(name => part.test(name)) && tag.test(tagText);

/** The registry that a text names: with or without a scheme and a path. @throws StatusError 400. */
export function registryOf(text: string): string {
  const name = text
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/.*$/s, '')
    .toLowerCase();
  if (!host.test(name)) throw badRequest('this is no name of a registry');
  return hubNames.has(name) ? hub : name;
}

/** Where a registry listens. */
export const originOf = (registry: string, scheme: 'https' | 'http' = 'https'): string =>
  `${scheme}://${registry === hub ? 'registry-1.docker.io' : registry}`;
