/** What templates see beside values: `.Chart`, `.Files`, `.Capabilities`. Pure. */
import { posix } from 'node:path';
import { toYaml } from '@orrery/machinery/yaml';
import { compileGlob } from '../chart/glob.ts';
import { GoObject, valueOf, type Method, type Value, type ValueMap } from '../template/values.ts';
import type { Capabilities, ChartFile, ChartMetadata } from '../types.ts';

/** The Helm whose behaviour this follows. */
export const helmVersion = 'v3.19.0';

const fieldNames: Readonly<Record<string, keyof ChartMetadata>> = {
  Name: 'name',
  Home: 'home',
  Sources: 'sources',
  Version: 'version',
  Description: 'description',
  Keywords: 'keywords',
  Maintainers: 'maintainers',
  Icon: 'icon',
  APIVersion: 'apiVersion',
  Condition: 'condition',
  Tags: 'tags',
  AppVersion: 'appVersion',
  Deprecated: 'deprecated',
  Annotations: 'annotations',
  KubeVersion: 'kubeVersion',
  Dependencies: 'dependencies',
  Type: 'type',
};

const lists = new Set(['Sources', 'Keywords', 'Maintainers', 'Dependencies']);
const capital = (key: string): string =>
  key === 'url' ? 'URL' : key.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());

export class ChartObject extends GoObject {
  readonly typeName = 'struct { chart.Metadata; IsRoot bool }';
  private readonly metadata: ChartMetadata;
  private readonly isRoot: boolean;

  constructor(metadata: ChartMetadata, isRoot: boolean) {
    super();
    this.metadata = metadata;
    this.isRoot = isRoot;
  }

  override field(name: string): Value | undefined {
    if (name === 'IsRoot') return this.isRoot;
    const key = Object.hasOwn(fieldNames, name) ? fieldNames[name] : undefined;
    if (key === undefined) return undefined;
    const value = this.metadata[key];
    if (value === undefined)
      return lists.has(name) ? [] : name === 'Deprecated' ? false : name === 'Annotations' ? new Map() : '';
    if (name !== 'Maintainers' && name !== 'Dependencies') return valueOf(value);
    return (value as object[]).map(
      item => new Map(Object.entries(item).map(([inner, each]) => [capital(inner), valueOf(each)])),
    );
  }

  plain(): unknown {
    return { ...this.metadata, IsRoot: this.isRoot };
  }
}

export class FilesObject extends GoObject {
  readonly typeName = 'engine.files';
  override readonly kind = 'map';
  private readonly files: ReadonlyMap<string, Uint8Array>;

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    super();
    this.files = files;
  }

  static of = (files: readonly ChartFile[]): FilesObject =>
    new FilesObject(new Map(files.map(({ name, data }) => [name, data])));

  private get(name: Value | undefined): Uint8Array {
    return this.files.get(String(name)) ?? new Uint8Array(0);
  }

  private document(encoding: 'utf8' | 'base64'): string {
    const entries = [...this.files].map(([name, data]) => [posix.basename(name), Buffer.from(data).toString(encoding)]);
    return toYaml(Object.fromEntries(entries)).replace(/\n$/, '');
  }

  override method(name: string): Method | undefined {
    switch (name) {
      case 'Get':
        return ([path]) => Buffer.from(this.get(path)).toString();
      case 'GetBytes':
        return ([path]) => this.get(path);
      case 'Glob':
        return ([pattern]) => {
          const glob = compileGlob(String(pattern)) ?? compileGlob('**')!;
          return new FilesObject(new Map([...this.files].filter(([path]) => glob.test(path))));
        };
      case 'Lines':
        return ([path]) => {
          const text = Buffer.from(this.get(path)).toString();
          return text === '' ? [] : text.replace(/\n$/, '').split('\n');
        };
      case 'AsConfig':
        return () => this.document('utf8');
      case 'AsSecrets':
        return () => this.document('base64');
      default:
        return undefined;
    }
  }

  override elements(): ValueMap {
    return new Map(this.files);
  }

  plain(): unknown {
    return Object.fromEntries([...this.files].map(([name, data]) => [name, Buffer.from(data).toString('base64')]));
  }
}

/** A struct of plain fields. */
class Fields extends GoObject {
  readonly typeName: string;
  private readonly fields: ReadonlyMap<string, Value>;
  private readonly written: string | undefined;
  private readonly methods: Readonly<Record<string, Method>>;

  constructor(typeName: string, fields: Record<string, Value>, written?: string, methods: Record<string, Method> = {}) {
    super();
    this.typeName = typeName;
    this.fields = new Map(Object.entries(fields));
    this.written = written;
    this.methods = methods;
  }

  override field(name: string): Value | undefined {
    return this.fields.get(name);
  }

  override method(name: string): Method | undefined {
    return Object.hasOwn(this.methods, name) ? this.methods[name] : undefined;
  }

  override text(): string | undefined {
    return this.written;
  }

  plain(): unknown {
    return Object.fromEntries(
      [...this.fields].map(([name, value]) => [name, value instanceof GoObject ? value.plain() : value]),
    );
  }
}

class VersionSet extends GoObject {
  readonly typeName = 'chartutil.VersionSet';
  override readonly kind = 'slice';
  private readonly versions: ReadonlySet<string>;

  constructor(versions: readonly string[]) {
    super();
    this.versions = new Set(versions);
  }

  override method(name: string): Method | undefined {
    return name === 'Has' ? ([version]) => this.versions.has(String(version)) : undefined;
  }

  override elements(): Value[] {
    return [...this.versions];
  }

  plain(): unknown {
    return [...this.versions];
  }
}

export function capabilitiesObject({ kubeVersion, apiVersions }: Capabilities): GoObject {
  const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)/.exec(kubeVersion) ?? [];
  const version = kubeVersion.startsWith('v') ? kubeVersion : `v${kubeVersion}`;
  const versionOf: Method = () => version;
  return new Fields('*chartutil.Capabilities', {
    KubeVersion: new Fields('*chartutil.KubeVersion', { Version: version, Major: major, Minor: minor }, version, {
      GitVersion: versionOf,
      String: versionOf,
    }),
    APIVersions: new VersionSet(apiVersions),
    HelmVersion: new Fields('version.BuildInfo', {
      Version: helmVersion,
      GitCommit: '',
      GitTreeState: 'clean',
      GoVersion: 'go1.24',
    }),
  });
}
