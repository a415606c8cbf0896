/** Secrets that open something elsewhere: registries of images, hosts of code (pure). */
import type { Secret } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { decoded } from '../tabs/secret.ts';

export type Opens = 'registry' | 'git';

const types: Readonly<Record<string, Opens>> = {
  'kubernetes.io/dockerconfigjson': 'registry',
  'kubernetes.io/dockercfg': 'registry',
  'kubernetes.io/basic-auth': 'git',
};

export const opens = (object: KubeObject): Opens | undefined => types[(object as Secret).type ?? ''];

interface Config {
  readonly auths?: Readonly<Record<string, { readonly username?: string; readonly auth?: string }>>;
}

export interface Entry {
  readonly registry: string;
  readonly user: string;
}

/** The registries that a Secret names, and as whom. What cannot be read names none. */
export function registriesIn({ data = {} }: Secret): readonly Entry[] {
  const text = decoded(data['.dockerconfigjson'] ?? '') ?? '';
  const older = decoded(data['.dockercfg'] ?? '') ?? '';
  const auths = configIn(text)?.auths ?? (configIn(older) as Config['auths']) ?? {};
  return Object.entries(auths).map(([registry, entry]) => ({ registry, user: userOf(entry) }));
}

function configIn(text: string): Config | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Config) : undefined;
  } catch {
    return undefined;
  }
}

const userOf = (entry: { readonly username?: unknown; readonly auth?: unknown } | null): string => {
  if (typeof entry?.username === 'string' && entry.username !== '') return entry.username;
  const auth = typeof entry?.auth === 'string' ? (decoded(entry.auth) ?? '') : '';
  return auth.includes(':') ? auth.slice(0, auth.indexOf(':')) : '';
};

/** `registry.example/team/web` of `https://registry.example/v1/` and `team/web`: what the platform takes as a repository. */
export function repositoryIn(registry: string, name: string): string {
  const host = registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' || host === 'docker.io' ? name.trim() : `${host}/${name.trim()}`;
}

/** The parts of an image's configuration that one asks for. */
export interface ImageConfig {
  readonly ports: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
  readonly entrypoint?: string;
  readonly command?: string;
  readonly environment: readonly string[];
  readonly platform?: string;
}

export function imageConfigOf(answer: Readonly<Record<string, unknown>>): ImageConfig {
  const {
    config = {},
    os,
    architecture,
  } = answer as {
    config?: Readonly<Record<string, unknown>>;
    os?: string;
    architecture?: string;
  };
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const words = (value: unknown) => (texts(value).length > 0 ? texts(value).join(' ') : undefined);
  return {
    ports: Object.keys((config['ExposedPorts'] ?? {}) as object),
    user: text(config['User']),
    workingDir: text(config['WorkingDir']),
    entrypoint: words(config['Entrypoint']),
    command: words(config['Cmd']),
    environment: texts(config['Env']),
    platform: os && architecture ? `${os}/${architecture}` : undefined,
  };
}
