/** The Pod Security Standards: which checks a level has in a version, and what a namespace's labels ask for. Pure. */
import { invalid } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import * as baseline from './baseline.ts';
import type { Check, CheckedPod, Finding } from './pod.ts';
import * as restricted from './restricted.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';

/** `minor` is that of v1.x, or Infinity for latest. */
export interface LevelVersion {
  readonly level: Level;
  readonly minor: number;
}

export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

const levels: readonly Level[] = ['privileged', 'baseline', 'restricted'];

export const strictness = (level: Level): number => levels.indexOf(level);
export const levelText = ({ level, minor }: LevelVersion): string =>
  `${level}:${minor === Infinity ? 'latest' : `v1.${minor}`}`;

const none: Check = () => undefined;

/** Checks of both levels that a restricted check of its own replaces. */
function baselineChecks(minor: number, replaced: boolean): Check[] {
  return [
    baseline.appArmorProfile,
    replaced && minor >= 22 ? none : baseline.capabilities,
    baseline.hostNamespaces,
    replaced ? none : baseline.hostPathVolumes,
    baseline.hostPorts,
    minor >= 34 ? baseline.hostProbes : none,
    baseline.privileged,
    baseline.procMount,
    baseline.seLinuxOptions(minor >= 31),
    minor < 19 ? baseline.seccompAnnotations : replaced ? none : baseline.badSeccomp,
    baseline.sysctls(minor),
    baseline.windowsHostProcess,
  ];
}

function restrictedChecks(minor: number): Check[] {
  const since = (first: number, check: Check): Check => (minor >= first ? check : none);
  const notWindows = (check: Check): Check => (minor >= 25 ? restricted.unlessWindows(check) : check);
  return [
    since(8, notWindows(restricted.allowPrivilegeEscalation)),
    since(22, notWindows(restricted.capabilities)),
    restricted.volumeTypes,
    restricted.runAsNonRoot,
    since(23, restricted.runAsUser),
    since(19, notWindows(restricted.seccompProfile)),
  ];
}

/** Everything that a pod breaks. */
export function findings(pod: CheckedPod, { level, minor }: LevelVersion): Finding[] {
  if (level === 'privileged') return [];
  const checks = [
    ...baselineChecks(minor, level === 'restricted'),
    ...(level === 'restricted' ? restrictedChecks(minor) : []),
  ];
  return checks.flatMap(check => check(pod) ?? []);
}

export const detailText = (found: readonly Finding[]): string =>
  found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
export const reasonText = (found: readonly Finding[]): string => found.map(({ reason }) => reason).join(', ');

const label = (mode: string): string => `pod-security.kubernetes.io/${mode}`;
const path = (key: string): string => `metadata.labels[${key}]`;

/**
 * What the labels of a namespace ask for, and what is wrong with them. A level that cannot be read is enforced as restricted, but
 * neither warned of nor audited. Without a warn label a stricter enforced level is warned of too (for workloads, which are not enforced).
 */
export function policyOf(labels: Readonly<Record<string, string>> = {}): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const read = (mode: string, otherwise: Level): LevelVersion => {
    const [wanted, version] = [labels[label(mode)], labels[label(`${mode}-version`)]];
    const known = wanted === undefined ? 'privileged' : levels.find(level => level === wanted);
    if (!known) errors.push(invalid(path(label(mode)), wanted, 'must be one of privileged, baseline, restricted'));
    const [, minor] = /^v1\.(0|[1-9]\d{0,8})$/.exec(version ?? '') ?? [];
    if (version !== undefined && version !== 'latest' && minor === undefined)
      errors.push(invalid(path(label(`${mode}-version`)), version, 'must be "latest" or "v1.x"'));
    return { level: known ?? otherwise, minor: minor === undefined ? Infinity : Number(minor) };
  };
  const enforce = read('enforce', 'restricted');
  const audit = read('audit', 'privileged');
  const warn = read('warn', 'privileged');
  const implied =
    labels[label('warn')] === undefined &&
    labels[label('enforce')] !== undefined &&
    strictness(enforce.level) > strictness(warn.level);
  const minor = labels[label('warn-version')] === undefined ? enforce.minor : warn.minor;
  return { policy: { enforce, audit, warn: implied ? { level: enforce.level, minor } : warn }, errors };
}
