/**
 * `registries.yaml` (the file format of k3s: mirrors, private CAs, credentials) turned into what containerd reads: a `hosts.toml`
 * per registry, looked up at every pull, and credentials, which belong in config.toml.
 */
import { parse } from 'yaml';
import { toToml, type RegistryAuth, type TomlTable } from './config.ts';

interface RegistryTls {
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  insecureSkipVerify?: boolean;
}

interface RegistryHost {
  auth?: RegistryAuth;
  tls?: RegistryTls;
}

export interface Registries {
  /** Endpoints by registry; `*` is for all that have no entry. */
  mirrors: Record<string, string[]>;
  configs: Record<string, RegistryHost>;
}

/** Parses and checks `registries.yaml`. Throws an Error that names the field. */
export function parseRegistries(text: string): Registries {
  const document = asObject(parse(text) ?? {}, 'registries.yaml');
  const registries: Registries = { mirrors: {}, configs: {} };
  for (const [name, value] of Object.entries(asObject(document['mirrors'] ?? {}, 'mirrors'))) {
    const field = `mirrors[${JSON.stringify(name)}]`;
    const mirror = asObject(value ?? {}, field);
    if (mirror['rewrite'] !== undefined) {
      throw new Error(`${field}.rewrite is not supported by containerd: put the path into the endpoint instead`);
    }
    registries.mirrors[checkedName(name, field)] = asStrings(mirror['endpoint'] ?? [], `${field}.endpoint`).map(
      endpoint => checkedEndpoint(endpoint, field),
    );
  }
  for (const [name, value] of Object.entries(asObject(document['configs'] ?? {}, 'configs'))) {
    const field = `configs[${JSON.stringify(name)}]`;
    registries.configs[checkedName(name, field)] = parseHost(asObject(value ?? {}, field), field);
  }
  return registries;
}

function parseHost(host: Record<string, unknown>, field: string): RegistryHost {
  const auth = asObject(host['auth'] ?? {}, `${field}.auth`);
  const tls = asObject(host['tls'] ?? {}, `${field}.tls`);
  const text = (from: Record<string, unknown>, key: string, at: string) =>
    from[key] === undefined ? undefined : asString(from[key], `${field}.${at}.${key}`);
  return {
    auth:
      host['auth'] === undefined
        ? undefined
        : {
            username: text(auth, 'username', 'auth'),
            password: text(auth, 'password', 'auth'),
            auth: text(auth, 'auth', 'auth'),
            identityToken: text(auth, 'identity_token', 'auth') ?? text(auth, 'identitytoken', 'auth'),
          },
    tls:
      host['tls'] === undefined
        ? undefined
        : {
            caFile: text(tls, 'ca_file', 'tls'),
            certFile: text(tls, 'cert_file', 'tls'),
            keyFile: text(tls, 'key_file', 'tls'),
            insecureSkipVerify: tls['insecure_skip_verify'] === true,
          },
  };
}

/** The `hosts.toml` files, by path below the registry directory. */
export function hostsFiles({ mirrors, configs }: Registries): Record<string, string> {
  const names = new Set([...Object.keys(mirrors), ...Object.keys(configs).filter(name => configs[name]!.tls)]);
  const files: Record<string, string> = {};
  for (const name of [...names].sort()) {
    files[`${name === '*' ? '_default' : name}/hosts.toml`] = hostsFile(name, mirrors[name] ?? [], configs);
  }
  return files;
}

function hostsFile(name: string, endpoints: readonly string[], configs: Registries['configs']): string {
  const hosts: Record<string, TomlTable> = {};
  for (const endpoint of endpoints) {
    const url = new URL(endpoint);
    const path = url.pathname.replace(/\/+$/, '');
    hosts[url.origin + path] = {
      capabilities: ['pull', 'resolve'],
      ...tlsTable(configs[url.host]?.tls),
      ...(path !== '' && { override_path: true }),
    };
  }
  // Without `server` containerd falls back to the registry's usual address (Docker Hub's other name, http for localhost).
  const tls = configs[name]?.tls;
  const server = `https://${name === 'docker.io' ? hub : name}`;
  const own = tls ? { server, ...tlsTable(tls) } : {};
  // containerd 1.6 ignores a file that has no host at all.
  if (tls && endpoints.length === 0) hosts[server] = { capabilities: ['pull', 'resolve'], ...tlsTable(tls) };
  return toToml({ ...own, host: hosts });
}

const tlsTable = (tls: RegistryTls | undefined): TomlTable => ({
  ...(tls?.caFile && { ca: tls.caFile }),
  ...(tls?.certFile && { client: [tls.keyFile ? [tls.certFile, tls.keyFile] : tls.certFile] }),
  ...(tls?.insecureSkipVerify && { skip_verify: true }),
});

/** Docker Hub answers at another name than images use. */
const hub = 'registry-1.docker.io';

/** Credentials by host, as containerd's config.toml wants them. */
export function registryAuth({ configs }: Registries): Record<string, RegistryAuth> {
  const found: Record<string, RegistryAuth> = {};
  for (const [name, { auth }] of Object.entries(configs)) {
    if (auth) found[name === 'docker.io' ? hub : name] = auth;
  }
  return found;
}

/** Names become directories: a host, with a port or not, or `*`. */
function checkedName(name: string, field: string): string {
  if (name === '*' || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d+)?$/.test(name)) return name;
  throw new Error(`${field}: the name must be a registry's host, with a port or without, or "*"`);
}

function checkedEndpoint(endpoint: string, field: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '') return endpoint;
  throw new Error(`${field}.endpoint: ${JSON.stringify(endpoint)} must be an http or https URL without credentials`);
}

function asObject(value: unknown, field: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${field} must be a mapping`);
}

function asString(value: unknown, field: string): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new Error(`${field} must be a string`);
}

function asStrings(value: unknown, field: string): string[] {
  if (Array.isArray(value)) return value.map(one => asString(one, field));
  throw new Error(`${field} must be a list`);
}
