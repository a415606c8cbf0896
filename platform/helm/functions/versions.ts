/** sprig: `semver` and `semverCompare`. Pure. */
import { fn, type TemplateFunction } from '../template/function.ts';
import { GoObject, Integer, ValueError, type Method, type Value } from '../template/values.ts';
import { compareVersions, parseConstraint, parseVersion, versionText, type Version } from './semver.ts';

const uint64 = (value: bigint): Integer => new Integer('uint64', value);

function otherOf([other]: readonly Value[]): Version {
  if (other instanceof GoVersion) return other.version;
  throw new ValueError('wrong type for value; expected *semver.Version');
}

export class GoVersion extends GoObject {
  readonly typeName = '*semver.Version';
  override readonly kind = 'ptr';
  readonly version: Version;

  constructor(version: Version) {
    super();
    this.version = version;
  }

  override method(name: string): Method | undefined {
    const { version } = this;
    const grown =
      (change: Partial<Version>): Method =>
      () =>
        new GoVersion({ ...version, prerelease: '', metadata: '', ...change, original: '' });
    const methods: Readonly<Record<string, Method>> = {
      Major: () => uint64(version.major),
      Minor: () => uint64(version.minor),
      Patch: () => uint64(version.patch),
      Prerelease: () => version.prerelease,
      Metadata: () => version.metadata,
      Original: () => version.original || versionText(version),
      String: () => versionText(version),
      Compare: args => BigInt(compareVersions(version, otherOf(args))),
      Equal: args => compareVersions(version, otherOf(args)) === 0,
      LessThan: args => compareVersions(version, otherOf(args)) < 0,
      GreaterThan: args => compareVersions(version, otherOf(args)) > 0,
      IncMajor: grown({ major: version.major + 1n, minor: 0n, patch: 0n }),
      IncMinor: grown({ minor: version.minor + 1n, patch: 0n }),
      IncPatch: grown(version.prerelease === '' ? { patch: version.patch + 1n } : {}),
    };
    return Object.hasOwn(methods, name) ? methods[name] : undefined;
  }

  override text(): string {
    return versionText(this.version);
  }

  plain(): unknown {
    return versionText(this.version);
  }
}

function versionOf(text: Value): Version {
  const version = parseVersion(text as string);
  if (!version) throw new ValueError('Invalid Semantic Version');
  return version;
}

export const versions: Readonly<Record<string, TemplateFunction>> = {
  semver: fn('string', ([text]) => new GoVersion(versionOf(text!))),
  semverCompare: fn('string, string', ([range, text]) => {
    const constraint = parseConstraint(range as string);
    if (!constraint) throw new ValueError(`improper constraint: ${range as string}`);
    return constraint(versionOf(text!));
  }),
};
