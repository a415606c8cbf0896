/** Rows of the feature matrix that no case of the suite shows whole: the tests that show the rest, or what is not there yet. */

export interface Elsewhere {
  readonly row: number;
  readonly what: string;
  /** File, and the beginning of the test's title. */
  readonly shownBy?: readonly (readonly [file: string, title: string])[];
  readonly missing?: string;
}

export const elsewhere: readonly Elsewhere[] = [
  {
    row: 1,
    what: 'the platform is taken away and workloads stay',
    shownBy: [
      ['test/e2e/platform.test.ts', 'taken out it leaves nothing of its own, and the project stays'],
      ['test/e2e/platform-up.test.ts', 'the platform is a guest'],
    ],
  },
  {
    row: 7,
    what: 'another replica takes over',
    shownBy: [['test/e2e/platform-replicas.test.ts', 'one of them runs the controllers; when it is killed the other takes over']],
  },
  {
    row: 12,
    what: 'a market of extensions',
    shownBy: [
      ['platform/server/market/market.test.ts', 'installed, it shows in the console without a restart'],
      ['platform/server/market/market.test.ts', 'another version and other values are an upgrade'],
      ['platform/server/market/market.test.ts', 'uninstalled, nothing of it is left'],
    ],
  },
  {
    row: 4,
    what: 'who is named by an APIService answers',
    shownBy: [['platform/server/extensions/extensions.test.ts', 'an APIService answers for its group']],
  },
  {
    row: 14,
    what: 'who is behind an address answers',
    shownBy: [['platform/server/extensions/extensions.test.ts', 'a ReverseProxy hands on what is below its path']],
  },
  {
    row: 18,
    what: 'every page follows the language',
    shownBy: [['test/e2e/console.test.ts', 'axe finds nothing serious, light in English and dark in Chinese']],
  },
  {
    row: 20,
    what: 'installation without a network',
    shownBy: [
      ['test/e2e/offline.test.ts', 'it starts with nothing, and runs the image that came along and one of a private registry'],
    ],
  },
  {
    row: 21,
    what: 'upgrades and more nodes',
    shownBy: [
      ['test/e2e/offline.test.ts', 'a newer version takes its place: it says so, keeps what was there, and containers run on'],
      ['test/e2e/nodes.test.ts', 'a machine joins with what `token create` prints'],
    ],
  },
  {
    row: 22,
    what: 'one command makes a cluster',
    shownBy: [['test/e2e/lifecycle.test.ts', '']],
  },
  {
    row: 42,
    what: 'a directory knows the user',
    shownBy: [['platform/server/providers/ldap.test.ts', '']],
  },
  {
    row: 43,
    what: 'other providers know the user',
    shownBy: [
      ['platform/server/providers/oidc.test.ts', ''],
      ['platform/server/providers/mapping.test.ts', ''],
    ],
  },
  {
    row: 49,
    what: 'kubectl with a downloaded kubeconfig',
    shownBy: [['test/e2e/tenancy-journey.test.ts', 'a member deploys by kubectl, with rights of his own']],
  },
];
