/** Faults that are sown in the platform one at a time: each must turn some row red. */
import type { Fault } from '../../conformance/mutants/faults.data.ts';

const server = (path: string): string => `platform/server/${path}`;
const areas = ['test/platform/suite.test.ts'];

export const faults: readonly Fault[] = [
  {
    what: 'a list forgets whose it is',
    file: server('resources/read.ts'),
    find: 'return [...names].flatMap(namespace => informer.list(namespace));',
    replace: 'return informer.list();',
    areas,
  },
  {
    what: 'the workspaces of others are listed',
    file: server('tenancy/visible.ts'),
    find: 'if ((await decide(client, all)).allowed) return templates.list();',
    replace: 'if ((await decide(client, all)).allowed || bindings.list().length > 0) return templates.list();',
    areas,
  },
  {
    what: 'a watch outlives the membership',
    file: server('identity/ending.ts'),
    find: 'if (before) losers(before, after).forEach(subjectLost);',
    replace: 'if (before && after) losers(before, after).forEach(subjectLost);',
    areas,
  },
  {
    what: 'why has no nearest miss',
    file: server('access/explain.ts'),
    find: 'if (verbs.length > 0)',
    replace: 'if (verbs.length > 99)',
    areas,
  },
  {
    what: 'rights that are tampered with stay so',
    file: server('roles/reconciler.ts'),
    find: '...derived.sources,',
    replace: '...derived.sources.slice(99),',
    areas: ['test/e2e/platform-suite.test.ts'],
  },
  {
    what: 'who manages roles gives more than he has',
    file: server('roles/service.ts'),
    find: '  if (missing)\n    throw forbidden(',
    replace: "  if (missing && caller.name === '')\n    throw forbidden(",
    areas,
  },
  {
    what: 'the door never shuts',
    file: server('login/limits.ts'),
    find: 'const { address, device } = attempt;',
    replace: 'const { address, device } = attempt;\n  if (limits.triesMax > 0) return false;',
    areas,
  },
  {
    what: 'an account that is shut goes on where it is open',
    file: server('identity/users.ts'),
    find: 'export const isActive = (user: User): boolean =>',
    replace: "export const isActive = (user: User): boolean => user.metadata.name !== '' ||",
    areas,
  },
  {
    what: 'a project that moves takes its people along',
    file: server('tenancy/move.ts'),
    find: 'await dropPeople(client, namespace);',
    replace: 'await Promise.resolve();',
    areas,
  },
  {
    what: 'everybody reads the trail',
    file: server('audit/visible.ts'),
    find: "if (Workspace === '') return undefined;",
    replace: "if (Workspace !== '') return event;",
    areas,
  },
  {
    what: 'quotas of workspaces are counted and not held',
    file: server('quotas/admission.ts'),
    find: 'if (!workspace || !kind || !object) return allow();',
    replace: 'if (!workspace || kind || !object) return allow();',
    areas,
  },
  {
    what: 'a kubeconfig outlives its end',
    file: server('kubeconfig/feature.ts'),
    find: 'await end(context, caller, path.user, 0);',
    replace: 'await end(context, caller, path.user, keptMax);',
    areas,
  },
];
