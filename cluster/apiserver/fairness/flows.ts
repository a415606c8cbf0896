/** Which flow a request belongs to: flow schemas in order of their precedence (apiserver `util/flowcontrol/rule.go`). Pure. */
import type { UserInfo } from '@orrery/http';
import type { FlowSchema, PolicyRulesWithSubjects } from '@orrery/kinds/types';
import type { RequestInfo } from '../types.ts';

type Subject = PolicyRulesWithSubjects['subjects'][number];

/** A flow schema as far as requests are concerned. */
export interface Flow {
  readonly name: string;
  readonly uid: string;
  readonly level: string;
  readonly precedence: number;
  readonly distinguisher?: string;
  readonly rules: readonly PolicyRulesWithSubjects[];
}

const defaultPrecedence = 1000;

export const flowOf = ({ metadata, spec }: FlowSchema): Flow => ({
  name: metadata.name ?? '',
  uid: metadata.uid ?? '',
  level: spec.priorityLevelConfiguration.name,
  precedence: spec.matchingPrecedence ?? defaultPrecedence,
  ...(spec.distinguisherMethod && { distinguisher: spec.distinguisherMethod.type }),
  rules: spec.rules ?? [],
});

const everybody: readonly Subject[] = [
  { kind: 'Group', group: { name: 'system:authenticated' } },
  { kind: 'Group', group: { name: 'system:unauthenticated' } },
];

const everything = (subjects: readonly Subject[]): PolicyRulesWithSubjects => ({
  subjects: [...subjects],
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
});

/** What holds although nobody wrote it: administrators pass, and every request has a flow. */
export const mandatoryFlows: readonly Flow[] = [
  {
    ...{ name: 'exempt', uid: '', level: 'exempt', precedence: 1 },
    rules: [everything([{ kind: 'Group', group: { name: 'system:masters' } }])],
  },
  {
    ...{ name: 'catch-all', uid: '', level: 'catch-all', precedence: 10_000, distinguisher: 'ByUser' },
    rules: [everything(everybody)],
  },
];

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes(value) || list.includes('*'));

const accountPrefix = 'system:serviceaccount:';

function isSubject(user: UserInfo, subject: Subject): boolean {
  if (subject.kind === 'User') return subject.user?.name === '*' || subject.user?.name === user.name;
  if (subject.kind === 'Group') return subject.group?.name === '*' || user.groups.includes(subject.group?.name ?? '');
  const { namespace = '', name = '' } = subject.serviceAccount ?? {};
  if (name !== '*') return user.name === `${accountPrefix}${namespace}:${name}`;
  return user.name.startsWith(`${accountPrefix}${namespace}:`);
}

const isPath = (pattern: string, path: string): boolean =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));

/** Whether the rule, which is about the asker, is about the request. */
function isAbout(rule: PolicyRulesWithSubjects, info: RequestInfo): boolean {
  if (!info.isResourceRequest) {
    return (rule.nonResourceRules ?? []).some(
      ({ verbs, nonResourceURLs }) =>
        has(verbs, info.verb) && nonResourceURLs.some(pattern => isPath(pattern, info.path)),
    );
  }
  const resource = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`;
  return (rule.resourceRules ?? []).some(
    ({ verbs, apiGroups, resources, clusterScope, namespaces }) =>
      has(verbs, info.verb) &&
      has(apiGroups, info.apiGroup) &&
      has(resources, resource) &&
      (info.namespace === '' ? clusterScope === true : has(namespaces, info.namespace)),
  );
}

interface Candidate {
  readonly flow: Flow;
  /** The rules whose subjects the user is among. */
  readonly rules: readonly PolicyRulesWithSubjects[];
}

/** All flows, best first. What concerns a user is worked out once per user. */
export class FlowTable {
  readonly flows: readonly Flow[];
  readonly #last: Flow;
  readonly #candidates = new WeakMap<UserInfo, readonly Candidate[]>();

  constructor(flows: readonly Flow[]) {
    const known = new Set(flows.map(flow => flow.name));
    this.flows = [...flows, ...mandatoryFlows.filter(flow => !known.has(flow.name))].toSorted(
      (a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1),
    );
    this.#last = this.flows.find(flow => flow.name === 'catch-all')!;
  }

  of(user: UserInfo, info: RequestInfo): Flow {
    let candidates = this.#candidates.get(user);
    if (candidates === undefined) this.#candidates.set(user, (candidates = this.#candidatesOf(user)));
    for (const { flow, rules } of candidates) for (const rule of rules) if (isAbout(rule, info)) return flow;
    return this.#last;
  }

  #candidatesOf(user: UserInfo): Candidate[] {
    return this.flows.flatMap(flow => {
      const rules = flow.rules.filter(rule => rule.subjects.some(subject => isSubject(user, subject)));
      return rules.length > 0 ? [{ flow, rules }] : [];
    });
  }
}

/** What tells the requests of one flow of a schema from those of another. */
export function distinguisherOf(flow: Flow, user: UserInfo, info: RequestInfo): string {
  if (flow.distinguisher === 'ByUser') return user.name;
  return flow.distinguisher === 'ByNamespace' ? info.namespace : '';
}
