/** What this package takes and gives: charts, what they render to, releases. Objects are plain JSON throughout. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Random } from '@orrery/machinery/random';

/** Values of a chart or a release, as JSON. */
export type ChartValues = { [key: string]: unknown };

/** An entry of `dependencies` in Chart.yaml (or requirements.yaml for `apiVersion: v1`). */
export interface ChartDependency {
  name: string;
  version?: string;
  repository?: string;
  condition?: string;
  tags?: string[];
  alias?: string;
  'import-values'?: (string | { child: string; parent: string })[];
}

/** Chart.yaml. */
export interface ChartMetadata {
  apiVersion: 'v1' | 'v2';
  name: string;
  version: string;
  appVersion?: string;
  kubeVersion?: string;
  description?: string;
  type?: string;
  keywords?: string[];
  home?: string;
  sources?: string[];
  maintainers?: { name?: string; email?: string; url?: string }[];
  icon?: string;
  deprecated?: boolean;
  annotations?: Record<string, string>;
  condition?: string;
  tags?: string;
  dependencies?: ChartDependency[];
}

/** A file of a chart; the name is relative to the chart: `templates/service.yaml`. */
export interface ChartFile {
  name: string;
  data: Uint8Array;
}

export interface Chart {
  metadata: ChartMetadata;
  /** values.yaml. */
  values: ChartValues;
  /** values.schema.json, as it was written. */
  schema?: Uint8Array;
  /** Under templates/, in the archive's order. */
  templates: ChartFile[];
  /** Under crds/, of this chart alone. */
  crds: ChartFile[];
  /** All others, those under crds/ included: what `.Files` shows. */
  files: ChartFile[];
  /** The charts under charts/, whether enabled or not. */
  dependencies: Chart[];
  /** Chart.lock, as it is stored with a release. */
  lock?: unknown;
}

export interface Capabilities {
  /** As in `v1.34.0`. */
  kubeVersion: string;
  /** `v1`, `apps/v1`, `apps/v1/Deployment` ... */
  apiVersions: readonly string[];
}

/**
 * What the template function `lookup` asks: an object by name, or a list when the name is empty. Undefined when there is none, or no such
 * kind. An empty namespace means all, or cluster scope.
 */
export type Lookup = (apiVersion: string, kind: string, namespace: string, name: string) => Promise<object | undefined>;

export interface RenderOptions {
  name: string;
  namespace: string;
  revision: number;
  isUpgrade: boolean;
  values: ChartValues;
  capabilities: Capabilities;
  /** Without it `lookup` finds nothing. */
  lookup?: Lookup;
  /** Milliseconds since the epoch: the one moment at which everything is rendered. */
  now: number;
  random: Random;
  limits?: Partial<RenderLimits>;
  /** Gives the event loop to others, between slices of the work; a turn of the loop unless given. */
  pause?: () => Promise<void>;
  signal?: AbortSignal;
}

/** What rendering may cost. What goes beyond is refused with a sentence. */
export interface RenderLimits {
  /** Nodes that are evaluated, loops and functions by the size of what they make. */
  steps: number;
  /** UTF-16 units of all that is written, strings between included. */
  outputSize: number;
  /** Templates within templates, and values within values. */
  depth: number;
  /** Questions by `lookup`. */
  lookups: number;
}

export type HookEvent =
  | 'pre-install'
  | 'post-install'
  | 'pre-delete'
  | 'post-delete'
  | 'pre-upgrade'
  | 'post-upgrade'
  | 'pre-rollback'
  | 'post-rollback'
  | 'test';

export type HookDeletePolicy = 'before-hook-creation' | 'hook-succeeded' | 'hook-failed';

/** As it is stored with a release. */
export interface Hook {
  name: string;
  kind: string;
  /** The template it comes from: `chart/templates/job.yaml`. */
  path: string;
  manifest: string;
  events: HookEvent[];
  weight: number;
  delete_policies: HookDeletePolicy[];
  last_run: { started_at: string; completed_at: string; phase: '' | 'Unknown' | 'Running' | 'Succeeded' | 'Failed' };
}

/** One document that a template gave. */
export interface RenderedManifest {
  /** The template: `chart/templates/service.yaml`. */
  path: string;
  /** The document as it was written. */
  content: string;
  object: KubeObject;
}

export interface Rendered {
  /** In Helm's order of installation. */
  manifests: RenderedManifest[];
  /** The manifests as they are stored: documents with `# Source:` lines. */
  manifest: string;
  hooks: Hook[];
  /** NOTES.txt of the chart itself. */
  notes: string;
  /** From crds/ of the chart and of its enabled dependencies. */
  crds: RenderedManifest[];
}

export type ReleaseStatus =
  | 'unknown'
  | 'deployed'
  | 'superseded'
  | 'failed'
  | 'uninstalled'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback'
  | 'uninstalling';

/** As it is stored; times are RFC 3339, `deleted` is empty until then. */
export interface ReleaseInfo {
  first_deployed: string;
  last_deployed: string;
  deleted: string;
  description: string;
  status: ReleaseStatus;
  notes?: string;
}

export interface Release {
  name: string;
  namespace: string;
  /** Counts from 1. */
  revision: number;
  status: ReleaseStatus;
  chart: ChartMetadata;
  /** What the user gave, without the chart's own values. */
  config: ChartValues;
  manifest: string;
  hooks: Hook[];
  notes: string;
  info: ReleaseInfo;
}

/** What every change of a release takes. */
export interface ActionOptions {
  namespace: string;
  /** Waits until workloads are ready. */
  wait?: boolean;
  /** Milliseconds for each hook and for waiting; five minutes unless given. */
  timeout?: number;
  /** Ends the waiting; the release is then marked as failed. */
  signal?: AbortSignal;
  /** Of the revision, as `info.description`. */
  description?: string;
  /** Nothing is written; the release is what it would be. */
  dryRun?: boolean;
}

export interface InstallOptions extends ActionOptions {
  name: string;
  values?: ChartValues;
  createNamespace?: boolean;
  skipCrds?: boolean;
}

export interface UpgradeOptions extends InstallOptions {
  /** The values of the last revision beneath those given, the chart's defaults of then included. */
  reuseValues?: boolean;
  /** Only those given. With neither, no values at all mean those of the last revision. */
  resetValues?: boolean;
  /** Installs when there is no release of that name. */
  install?: boolean;
}

export interface UninstallOptions extends Partial<ActionOptions> {
  keepHistory?: boolean;
}

/** The releases of a cluster. All reject with a {@link ReleaseError}, ChartError, RenderError or the API's StatusError. */
export interface Releases {
  install(chart: Chart, options: InstallOptions): Promise<Release>;
  upgrade(chart: Chart, options: UpgradeOptions): Promise<Release>;
  /** Revision 0 means the one before. */
  rollback(name: string, namespace: string, revision: number, options?: Partial<ActionOptions>): Promise<Release>;
  /** Resolves with what the release was, marked as uninstalled. */
  uninstall(name: string, namespace: string, options?: UninstallOptions): Promise<Release>;
  /** The last revision unless one is named; undefined when there is none. */
  get(name: string, namespace: string, revision?: number): Promise<Release | undefined>;
  /** The last revision of each release, of all namespaces unless one is named. */
  list(namespace?: string): Promise<Release[]>;
  /** Oldest first. */
  history(name: string, namespace: string): Promise<Release[]>;
}
