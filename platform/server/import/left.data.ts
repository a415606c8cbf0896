/** What an installation has besides accounts and tenants, and why it stays behind. The first that fits counts; an empty reason is no loss. */

interface Reason {
  /** Of `Kind.group`. */
  readonly of: RegExp;
  readonly why: string;
}

const again = 'is configured here again';

export const reasons: readonly Reason[] = [
  // Every installation has these by itself, and Orrery has its own.
  { of: /^(RoleBase|BuiltinRole)\.iam\./, why: '' },
  { of: /^LoginRecord\.iam\./, why: 'is history of that installation: log-ins are recorded anew here' },
  { of: /^Cluster\.cluster\./, why: 'is joined again here: how it is reached was for that host alone' },
  { of: /^Label\.cluster\./, why: 'marks clusters, which are joined again here' },
  { of: /\.(types|core|multiclusterdns|scheduling)\.kubefed\.io$/, why: 'was spread by federation: import each cluster' },
  { of: /\.(devops|gitops)\.kubesphere\.io$/, why: 'belongs to what runs pipelines: it is applied where that is installed' },
  { of: /\.(application\.kubesphere\.io|app\.k8s\.io)$/, why: 'belongs to apps, which are installed again from their charts' },
  { of: /^[^.]+\.(extensions\.)?kubesphere\.io$/, why: 'belongs to extensions, which are installed here from the market' },
  { of: /\.(alerting|monitoring|notification|logging|auditing|events)\.kubesphere\.io$/, why: again },
  { of: /^ClusterConfiguration\.installer\./, why: again },
  { of: /./, why: 'is no part of accounts and tenants: it stays where it is' },
];
