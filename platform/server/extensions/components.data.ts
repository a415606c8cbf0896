/** KubeSphere 3.x's components that are features here: where `ks-installer` says whether they are on. */
export interface Component {
  /** The key of `spec`, which is also the name in `status`. */
  readonly key: string;
  /** The way to the switch below `spec`. */
  readonly path: readonly string[];
  readonly feature: string;
}

export const components: readonly Component[] = [
  { key: 'devops', path: ['devops', 'enabled'], feature: 'devops' },
  { key: 'auditing', path: ['auditing', 'enabled'], feature: 'audit' },
  { key: 'events', path: ['events', 'enabled'], feature: 'events' },
  { key: 'alerting', path: ['alerting', 'enabled'], feature: 'alerting' },
  { key: 'logging', path: ['logging', 'enabled'], feature: 'logging' },
  { key: 'servicemesh', path: ['servicemesh', 'enabled'], feature: 'servicemesh' },
  { key: 'metrics_server', path: ['metrics_server', 'enabled'], feature: 'monitoring' },
  { key: 'openpitrix', path: ['openpitrix', 'store', 'enabled'], feature: 'apps' },
  { key: 'network', path: ['network', 'networkpolicy', 'enabled'], feature: 'isolation' },
];
