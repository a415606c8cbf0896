/** Which IP families a Service gets (upstream `Allocators.initIPFamilyFields`). Pure; the spec is changed in place. */
import { invalid } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { IpFamily } from './address.ts';
import { familyOf } from './address.ts';
import type { ServiceSpec } from './service.ts';
import { headless, needsClusterIp } from './service.ts';

const other = (family: IpFamily): IpFamily => (family === 'IPv4' ? 'IPv6' : 'IPv4');

/** Rules about `clusterIPs` that hold whatever the families are. */
export function clusterIpCauses(spec: ServiceSpec): FieldError[] {
  const addresses = spec.clusterIPs ?? [];
  const causes: FieldError[] = [];
  if (addresses.length > 2) causes.push(invalid('spec.clusterIPs', addresses, 'may only hold up to 2 values'));
  if (addresses.length > 0 && !spec.clusterIP)
    causes.push(invalid('spec.clusterIPs', addresses, 'must be empty when `clusterIP` is not specified'));
  else if (addresses.length > 0 && spec.clusterIP !== addresses[0])
    causes.push(invalid('spec.clusterIPs', addresses, 'first value must match `clusterIP`'));
  for (const [index, address] of addresses.entries()) {
    const field = `spec.clusterIPs[${index}]`;
    if (address === 'None' && index === 0) continue;
    const family = familyOf(address);
    if (!family) causes.push(invalid(field, address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'));
    else if (spec.ipFamilies?.[index] && spec.ipFamilies[index] !== family)
      causes.push(
        invalid(field, address, `expected an ${spec.ipFamilies[index]} value as indicated by \`ipFamilies[${index}]\``),
      );
  }
  if (addresses.length === 2 && familyOf(addresses[0]!) === familyOf(addresses[1]!) && familyOf(addresses[0]!))
    causes.push(invalid('spec.clusterIPs', addresses, 'may specify no more than one IP for each IP family'));
  return causes;
}

const same = (a: readonly string[] = [], b: readonly string[] = []) => a.join() === b.join();

/** A dual-stack preference that nobody touched is never upgraded or downgraded behind the user's back. */
export function keepsPreferredFamilies(spec: ServiceSpec, old: ServiceSpec | undefined): boolean {
  return (
    old !== undefined &&
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    (old.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
    old.type === spec.type &&
    needsClusterIp(spec) &&
    same(old.clusterIPs, spec.clusterIPs) &&
    same(old.ipFamilies, spec.ipFamilies)
  );
}

function defaultPolicy(spec: ServiceSpec, old: ServiceSpec | undefined): string {
  if (old?.ipFamilyPolicy) return old.ipFamilyPolicy;
  return headless(spec) && !Object.keys(spec.selector ?? {}).length ? 'RequireDualStack' : 'SingleStack';
}

function trimForSingleStack(spec: ServiceSpec, old: ServiceSpec): void {
  if (same(old.clusterIPs, spec.clusterIPs) && spec.clusterIPs) spec.clusterIPs = spec.clusterIPs.slice(0, 1);
  if (same(old.ipFamilies, spec.ipFamilies) && spec.ipFamilies) spec.ipFamilies = spec.ipFamilies.slice(0, 1);
}

function policyCauses(spec: ServiceSpec, old: ServiceSpec | undefined): FieldError[] {
  const field = 'spec.ipFamilyPolicy';
  const [addresses, families] = [spec.clusterIPs ?? [], spec.ipFamilies ?? []];
  const causes: FieldError[] = [];
  if (spec.ipFamilyPolicy === 'SingleStack') {
    const why = (what: string) => `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    if (addresses.length === 2) causes.push(invalid(field, spec.ipFamilyPolicy, why('cluster IPs')));
    if (families.length === 2) causes.push(invalid(field, spec.ipFamilyPolicy, why('IP families')));
    return causes;
  }
  const why = (what: string) => `must be 'SingleStack' to release the secondary ${what}`;
  if (old && addresses.length > 0 && addresses.length < (old.clusterIPs?.length ?? 0))
    causes.push(invalid(field, spec.ipFamilyPolicy, why('cluster IP')));
  if (old && families.length > 0 && families.length < (old.ipFamilies?.length ?? 0))
    causes.push(invalid(field, spec.ipFamilyPolicy, why('IP family')));
  return causes;
}

/**
 * Fills `ipFamilyPolicy` and `ipFamilies`. `configured` are the cluster's families, the default one first.
 * Returns the causes of a 422 answer; the spec is then not to be used.
 */
export function assignFamilies(
  spec: ServiceSpec,
  old: ServiceSpec | undefined,
  configured: readonly IpFamily[],
): FieldError[] {
  if (!needsClusterIp(spec) || keepsPreferredFamilies(spec, old)) return [];
  spec.ipFamilyPolicy ??= defaultPolicy(spec, old);
  const malformed = clusterIpCauses(spec);
  if (malformed.length > 0) return malformed;
  if (old && spec.ipFamilyPolicy === 'SingleStack') trimForSingleStack(spec, old);
  const causes = policyCauses(spec, old);
  const families = [...(spec.ipFamilies ?? [])];
  for (const [index, address] of (spec.clusterIPs ?? []).entries()) {
    const family = familyOf(address);
    if (!family || index < families.length) continue;
    if (configured.includes(family)) families.push(family);
    else
      causes.push(invalid(`spec.clusterIPs[${index}]`, spec.clusterIPs, `${family} is not configured on this cluster`));
  }
  if (causes.length > 0) return causes;
  const bare = headless(spec) && !Object.keys(spec.selector ?? {}).length;
  if (!bare) {
    if (spec.ipFamilyPolicy === 'RequireDualStack' && configured.length < 2)
      causes.push(
        invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'),
      );
    for (const [index, family] of families.entries())
      if (!configured.includes(family))
        causes.push(invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
    if (causes.length > 0) return causes;
  }
  if (families.length === 0) families.push(configured[0]!);
  // A headless Service without a selector names its endpoints itself: it may have both families on any cluster.
  if (families.length === 1 && spec.ipFamilyPolicy !== 'SingleStack' && (bare || configured.length === 2))
    families.push(other(families[0]!));
  spec.ipFamilies = families;
  return [];
}
