/** The order of versions (apimachinery `version.CompareKubeAwareVersionStrings`): v2, v1, v1beta2, v1beta1, v1alpha1, then other names. */

interface Parts {
  readonly major: number;
  /** 3 stable, 2 beta, 1 alpha. */
  readonly level: number;
  readonly minor: number;
}

const levels: Readonly<Record<string, number>> = { alpha: 1, beta: 2 };

function partsOf(version: string): Parts | undefined {
  const found = /^v(\d{1,9})(?:(alpha|beta)(\d{1,9}))?$/.exec(version);
  if (!found) return undefined;
  return { major: Number(found[1]), level: found[2] ? levels[found[2]]! : 3, minor: Number(found[3] ?? 0) };
}

/** Best first. */
export function compareVersions(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  return right.level - left.level || right.major - left.major || right.minor - left.minor;
}
