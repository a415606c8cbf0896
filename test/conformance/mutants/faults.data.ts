/** Faults that are sown in the API server one at a time: each must turn some tests of its areas red. */

export interface Fault {
  readonly what: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Files of tests that are run against it, without their ending. */
  readonly areas: readonly string[];
}

const server = (path: string): string => `cluster/apiserver/${path}`;

export const faults: readonly Fault[] = [
  {
    what: 'a watch is not told of objects that lose its label',
    file: server('registry/hub.ts'),
    find: "return was ? encodeOnce(interest.form, hubEvent, 'DELETED', before, revision) : undefined;",
    replace:
      "return was && event.type === 'delete' ? encodeOnce(interest.form, hubEvent, 'DELETED', before, revision) : undefined;",
    areas: ['watch'],
  },
  {
    what: 'chunks miscount what remains',
    file: server('registry/list.ts'),
    find: 'remaining: more ? remaining : undefined,',
    replace: 'remaining: more ? remaining + 1 : undefined,',
    areas: ['chunking'],
  },
  {
    what: 'deletion of many takes all, whatever their labels',
    file: server('registry/deletecollection.ts'),
    find: 'await list(machine, info, namespace, selection, listOptions)',
    replace: 'await list(machine, info, namespace, { ...selection, filter: undefined }, listOptions)',
    areas: ['services', 'configuration', 'pods'],
  },
  {
    what: 'a dry run of an update is stored',
    file: server('registry/update.ts'),
    find: 'if (request.dryRun) {\n    object.metadata.resourceVersion',
    replace: 'if (request.dryRun && revision < 0) {\n    object.metadata.resourceVersion',
    areas: ['kubectl'],
  },
  {
    what: 'whoever acts as a service account keeps his own rights',
    file: server('chain/impersonation.ts'),
    find: 'if (asked === undefined) return next(context);',
    replace: "if (asked === undefined || asked.user.startsWith('system:serviceaccount:')) return next(context);",
    areas: ['accounts'],
  },
  {
    what: 'limit ranges give no defaults',
    file: server('admission/limit-ranger.ts'),
    find: 'for (const range of await rangesOf(attributes)) applyDefaults',
    replace: 'for (const range of (await rangesOf(attributes)).slice(9)) applyDefaults',
    areas: ['pods'],
  },
  {
    what: 'the account decides on its token, and not the pod',
    file: server('admission/service-account.ts'),
    find: 'spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true',
    replace: 'account.automountServiceAccountToken ?? spec.automountServiceAccountToken ?? true',
    areas: ['accounts'],
  },
  {
    what: 'strict reading lets unknown fields pass',
    file: server('serve/body.ts'),
    find: "if (validation === 'Ignore') return;",
    replace: "if (validation !== 'Warn') return;",
    areas: ['field-validation'],
  },
  {
    what: 'owners do not wait for their dependents',
    file: server('registry/delete.ts'),
    find: "if (policy === 'Foreground') wanted.push(foregroundFinalizer);",
    replace: "if (policy === 'Nothing') wanted.push(foregroundFinalizer);",
    areas: ['garbage'],
  },
  {
    what: 'quotas charge nothing at creation',
    file: server('admission/quota-check.ts'),
    find: "if (operation === 'CREATE') return subresource === '';",
    replace: "if (operation === 'CREATE') return false;",
    areas: ['quota'],
  },
  {
    what: 'a token that is too old is refused without another one',
    file: server('registry/list.ts'),
    find: 'error.restart = encodeContinue({ revision: -1, start: decodeContinue(options.continue).start });',
    replace: "error.restart = '';",
    areas: ['chunking'],
  },
  {
    what: 'published schemas have the group in its own order',
    file: server('crd/openapi-schemas.ts'),
    find: "${group.split('.').reverse().join('.')}.${version}.${kind}",
    replace: "${group.split('.').join('.')}.${version}.${kind}",
    areas: ['openapi'],
  },
];
