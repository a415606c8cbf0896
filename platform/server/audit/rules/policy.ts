/** What rules and webhooks of `auditing.kubesphere.io` mean for the trail. Pure: objects in, decisions out. */
import type { KubeObject } from '@orrery/machinery/meta';
import { matches, selectorFromObject, type LabelSelectorObject } from '@orrery/machinery/selector';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { groups, systemNamespace } from '@orrery/platform-kinds';
import type { Level, Receiver } from '../options.ts';
import { readCondition, valuesAt, type Condition, type Names } from './condition.ts';
import { receiversOf, type ReceiverSpec } from './receivers.ts';
import { ConditionError } from './tokens.ts';

export interface RuleEntry {
  readonly name?: string;
  readonly type?: string;
  readonly condition?: string;
  readonly macro?: string;
  readonly list?: readonly string[];
  readonly alias?: string;
  readonly priority?: string;
  readonly output?: string;
  readonly enable?: boolean;
}
export interface AuditRule extends KubeObject {
  readonly spec?: { readonly rules?: readonly RuleEntry[] };
  readonly status?: Verdict;
}
export interface AuditWebhook extends KubeObject {
  readonly spec?: {
    readonly auditLevel?: string;
    readonly archivingPriority?: string;
    readonly alertingPriority?: string;
    readonly auditSinkPolicy?: {
      readonly archivingRuleSelector?: LabelSelectorObject;
      readonly alertingRuleSelector?: LabelSelectorObject;
    };
    readonly receivers?: readonly ReceiverSpec[];
  };
  readonly status?: Verdict;
}

/** What an object's status says of it. */
export interface Verdict {
  readonly state?: string;
  readonly message?: string;
}

export interface Alert {
  readonly rule: string;
  readonly priority: string;
  readonly output: string;
}

export interface Policy {
  /** In place of the configuration's, where a webhook says so. */
  readonly level?: Level;
  readonly receivers: readonly Receiver[];
  isArchived(event: AuditEvent): boolean;
  alertsOf(event: AuditEvent): readonly Alert[];
  /** By namespace/name of rules, and by name of webhooks. */
  readonly verdicts: ReadonlyMap<KubeObject, Verdict>;
}

/** Whoever may write in projects makes no rules for the trail: these namespaces belong to the platform's administrators. */
export const ruleNamespaces: readonly string[] = [systemNamespace, 'kubesphere-logging-system'];
const firstWebhook = 'kube-auditing-webhook';
const priorities = ['DEBUG', 'INFO', 'WARNING'];
const levels = ['None', 'Metadata', 'Request', 'RequestResponse'];

interface Compiled {
  readonly name: string;
  readonly priority: string;
  readonly output: string;
  readonly condition: Condition;
}

export function policyOf(rules: readonly AuditRule[], webhooks: readonly AuditWebhook[]): Policy {
  const verdicts = new Map<KubeObject, Verdict>();
  const webhook = chosen(webhooks);
  for (const one of webhooks) verdicts.set(one, one === webhook ? verdictOn(one) : unused(webhook!));
  const {
    auditLevel = '',
    archivingPriority,
    alertingPriority,
    auditSinkPolicy = {},
    receivers = [],
  } = webhook?.spec ?? {};
  const heard = rules.filter(({ metadata }) => ruleNamespaces.includes(metadata.namespace ?? ''));
  const compiled = new Map(heard.map(rule => [rule, compile(rule)]));
  for (const rule of rules) verdicts.set(rule, compiled.has(rule) ? tell(compiled.get(rule)!.problems) : elsewhere);
  const select = (selector: LabelSelectorObject | undefined, type: string, least: string) => {
    const wanted = selectorFromObject(isEmpty(selector) ? { matchLabels: { type } } : selector!);
    const found = heard.filter(({ metadata }) => matches(wanted, metadata.labels)).map(rule => compiled.get(rule)!);
    const entries = found.flatMap(({ entries }) => entries).filter(({ priority }) => atLeast(priority, least));
    return { entries, isWhole: found.every(({ problems }) => problems.length === 0) };
  };
  const archiving = select(auditSinkPolicy.archivingRuleSelector, 'archiving', archivingPriority ?? 'DEBUG');
  const alerting = select(auditSinkPolicy.alertingRuleSelector, 'alerting', alertingPriority ?? 'WARNING');
  const alertsOf = (event: AuditEvent): Alert[] =>
    alerting.entries
      .filter(({ condition }) => condition(event))
      .map(({ name, priority, output }) => ({ rule: name, priority, output: filled(output, event) }));
  return {
    ...(levels.includes(auditLevel) && { level: auditLevel as Level }),
    receivers: receiversOf(receivers),
    // Without rules everything is kept, and also where one of them cannot be read: a slip of the pen silences nothing.
    isArchived: event =>
      archiving.entries.length === 0 ||
      !archiving.isWhole ||
      isAboutTheTrail(event) ||
      archiving.entries.some(({ condition }) => condition(event)) ||
      alertsOf(event).length > 0,
    alertsOf,
    verdicts,
  };
}

const isEmpty = (selector: LabelSelectorObject | undefined): boolean =>
  !selector || (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0);

/** Who changes what is recorded is always on record. */
const isAboutTheTrail = ({ objectRef }: AuditEvent): boolean => objectRef?.apiGroup === groups.auditing;

const atLeast = (priority: string, least: string): boolean => priorities.indexOf(priority) >= priorities.indexOf(least);

const chosen = (webhooks: readonly AuditWebhook[]): AuditWebhook | undefined =>
  webhooks.find(({ metadata }) => metadata.name === firstWebhook) ??
  webhooks.toSorted((left, right) => (left.metadata.name! < right.metadata.name! ? -1 : 1))[0];

const accepted: Verdict = { state: 'Accepted', message: '' };
const rejected = (message: string): Verdict => ({ state: 'Rejected', message: message.slice(0, 2048) });
const elsewhere = rejected(`rules are heard in the namespaces ${ruleNamespaces.join(' and ')} only`);
const unused = ({ metadata }: AuditWebhook): Verdict =>
  rejected(`one webhook is used, which is ${JSON.stringify(metadata.name)}`);
const tell = (problems: readonly string[]): Verdict =>
  problems.length === 0 ? accepted : rejected(problems.join('; '));

function verdictOn({ spec }: AuditWebhook): Verdict {
  return tell(
    (spec?.receivers ?? []).flatMap((receiver, index) =>
      !['alertmanager', 'webhook'].includes(receiver.type ?? 'webhook')
        ? [`receivers[${index}]: the type is alertmanager or webhook, not ${JSON.stringify(receiver.type)}`]
        : receiversOf([receiver]).length === 0
          ? [`receivers[${index}]: config needs a url, or a service with namespace and name`]
          : [],
    ),
  );
}

/** What can be used of a rule's entries, and what is wrong with the others. */
function compile({ metadata, spec }: AuditRule): { entries: Compiled[]; problems: string[] } {
  const all = spec?.rules ?? [];
  const names = namesIn(all);
  const entries: Compiled[] = [];
  const problems: string[] = [];
  for (const [index, entry] of all.entries()) {
    const { name = metadata.name!, type = 'rule', condition = '', priority = 'DEBUG', output = '', enable } = entry;
    if (['macro', 'list', 'alias'].includes(type)) continue;
    try {
      if (type !== 'rule')
        throw new ConditionError(`the type is rule, macro, list or alias, not ${JSON.stringify(type)}`);
      if (!priorities.includes(priority))
        throw new ConditionError(`the priority is DEBUG, INFO or WARNING, not ${JSON.stringify(priority)}`);
      const read = readCondition(condition, names);
      if (enable !== false) entries.push({ name, priority, output, condition: read });
    } catch (error) {
      problems.push(`rules[${index}] (${name}): ${(error as Error).message}`);
    }
  }
  return { entries, problems };
}

function namesIn(entries: readonly RuleEntry[]): Names {
  const of = <T>(type: string, value: (entry: RuleEntry) => T | undefined): Map<string, T> =>
    new Map(
      entries.flatMap(entry => {
        const found = entry.type === type ? value(entry) : undefined;
        return found === undefined || entry.name === undefined ? [] : [[entry.name, found] as const];
      }),
    );
  return {
    macros: of('macro', ({ macro }) => macro),
    lists: of('list', ({ list }) => list),
    aliases: of('alias', ({ alias }) => alias),
  };
}

/** `${ObjectRef.Name}` in a text stands for what the record has there. */
const filled = (output: string, event: AuditEvent): string =>
  output
    .replaceAll(/\$\{\s*([^}\s]+)\s*\}/g, (_, path: string) => valuesAt(event, path).map(String).join(', '))
    .slice(0, 1024);
