/**
 * containerd's configuration file as a pure function of what we want. Version 2 of the format for containerd 1.x, version 3 for
 * 2.x, where the CRI plug-in was split and renamed.
 */

export interface ContainerdVersion {
  major: number;
  minor: number;
  patch: number;
}

export interface RegistryAuth {
  username?: string;
  password?: string;
  /** base64 of `user:password`. */
  auth?: string;
  identityToken?: string;
}

export interface ContainerdSettings {
  version: ContainerdVersion;
  /** Persistent data: layers, snapshots, metadata. */
  root: string;
  /** Of one boot: task state, FIFOs, network namespaces. */
  state: string;
  socket: string;
  cniBinDir: string;
  cniConfDir: string;
  pauseImage: string;
  /** Directory of `<registry>/hosts.toml` files. */
  registryConfigDir: string;
  registryAuth?: Readonly<Record<string, RegistryAuth>>;
  snapshotter: string;
  /** True where oom_score_adj cannot be lowered (no CAP_SYS_RESOURCE). */
  restrictOomScoreAdj: boolean;
  /** True on hosts without AppArmor's tools or kernel support. */
  disableApparmor: boolean;
  /** Further OCI runtimes by handler name: absolute paths of runc-compatible programs, e.g. crun. */
  runtimes?: Readonly<Record<string, string>>;
}

type TomlList = readonly (string | readonly string[])[];
type TomlValue = string | number | boolean | TomlList | TomlTable;
export interface TomlTable {
  readonly [key: string]: TomlValue | undefined;
}

/** Plug-ins that either write outside our directories or only log that their file system is missing. */
const disabledPlugins = [
  'io.containerd.internal.v1.opt',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.internal.v1.tracing',
];

/** The text of config.toml. The same settings give the same text: it is compared to decide on a restart. */
export function containerdConfig(settings: ContainerdSettings): string {
  const modern = settings.version.major >= 2;
  return toToml({
    version: modern ? 3 : 2,
    root: settings.root,
    state: settings.state,
    disabled_plugins: disabledPlugins,
    grpc: { address: settings.socket },
    plugins: modern ? modernPlugins(settings) : classicPlugins(settings),
  });
}

/** runc keeps its records below `Root`: by default a directory that all containerds of a machine would share. */
const runtimeTables = ({ runtimes = {}, state }: ContainerdSettings): TomlTable => {
  const runtime = (options: TomlTable): TomlTable => ({
    runtime_type: 'io.containerd.runc.v2',
    options: { ...options, Root: `${state}/runc`, SystemdCgroup: false },
  });
  const others = Object.entries(runtimes).map(([name, program]) => [name, runtime({ BinaryName: program })]);
  return { runc: runtime({}), ...(Object.fromEntries(others) as TomlTable) };
};

const registryTable = ({ registryConfigDir, registryAuth = {} }: ContainerdSettings): TomlTable => {
  const configs = Object.entries(registryAuth).map(([host, { username, password, auth, identityToken }]) => [
    host,
    { auth: { username, password, auth, identitytoken: identityToken } },
  ]);
  return { config_path: registryConfigDir, configs: Object.fromEntries(configs) as TomlTable };
};

/** Settings of pods that are named alike in both formats. */
const podSettings = (settings: ContainerdSettings): TomlTable => ({
  restrict_oom_score_adj: settings.restrictOomScoreAdj,
  disable_apparmor: settings.disableApparmor,
  tolerate_missing_hugetlb_controller: true,
  disable_hugetlb_controller: false,
  netns_mounts_under_state_dir: true,
  enable_unprivileged_ports: true,
  enable_unprivileged_icmp: true,
  device_ownership_from_security_context: true,
});

/** The streaming server of exec, attach and port-forward: loopback only, a port of its own choosing. */
const streaming: TomlTable = {
  stream_server_address: '127.0.0.1',
  stream_server_port: '0',
  stream_idle_timeout: '4h',
  disable_tcp_service: true,
};

const classicPlugins = (settings: ContainerdSettings): TomlTable => ({
  'io.containerd.grpc.v1.cri': {
    ...streaming,
    ...podSettings(settings),
    sandbox_image: settings.pauseImage,
    ...(settings.version.minor >= 7 && { enable_cdi: true }),
    cni: { bin_dir: settings.cniBinDir, conf_dir: settings.cniConfDir },
    containerd: {
      snapshotter: settings.snapshotter,
      default_runtime_name: 'runc',
      runtimes: runtimeTables(settings),
    },
    registry: registryTable(settings),
  },
  // Its socket would be shared with the host's own containerd.
  ...(settings.version.minor >= 7 && { 'io.containerd.nri.v1.nri': { disable: true } }),
});

const modernPlugins = (settings: ContainerdSettings): TomlTable => ({
  'io.containerd.grpc.v1.cri': streaming,
  'io.containerd.cri.v1.images': {
    snapshotter: settings.snapshotter,
    // The transfer service, which pulls since 2.1, knows its own snapshotter only.
    ...(settings.snapshotter !== 'overlayfs' && { use_local_image_pull: true }),
    pinned_images: { sandbox: settings.pauseImage },
    registry: registryTable(settings),
  },
  'io.containerd.cri.v1.runtime': {
    ...podSettings(settings),
    cni: {
      ...(settings.version.major === 2 && settings.version.minor === 0
        ? { bin_dir: settings.cniBinDir }
        : { bin_dirs: [settings.cniBinDir] }),
      conf_dir: settings.cniConfDir,
    },
    containerd: { default_runtime_name: 'runc', runtimes: runtimeTables(settings) },
  },
  'io.containerd.nri.v1.nri': { disable: true },
});

/** Parses what `containerd --version` prints; undefined when there is no version in it. */
export function parseContainerdVersion(text: string): ContainerdVersion | undefined {
  const match = /\bv?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) } : undefined;
}

/** True for versions that we can drive: CRI v1 came with 1.6. */
export const isSupported = ({ major, minor }: ContainerdVersion): boolean => major > 1 || (major === 1 && minor >= 6);

/** TOML of nested tables: values first, then sub-tables, each under its full dotted name; empty tables are left out. */
export function toToml(table: TomlTable, path: readonly string[] = []): string {
  const entries = Object.entries(table).filter(([, value]) => value !== undefined) as [string, TomlValue][];
  const values = entries.filter(([, value]) => !isTable(value));
  const tables = entries.filter(([, value]) => isTable(value));
  const lines = values.map(([key, value]) => `${tomlKey(key)} = ${tomlValue(value)}\n`).join('');
  const head = lines !== '' && path.length > 0 ? `\n[${path.map(tomlKey).join('.')}]\n` : '';
  return head + lines + tables.map(([key, value]) => toToml(value as TomlTable, [...path, key])).join('');
}

const isTable = (value: TomlValue): value is TomlTable => typeof value === 'object' && !Array.isArray(value);
const tomlKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));
/** JSON's strings, numbers, booleans and arrays are all valid TOML; DEL must be escaped besides. */
const tomlValue = (value: TomlValue): string => JSON.stringify(value).replaceAll('\u007f', '\\u007f');
