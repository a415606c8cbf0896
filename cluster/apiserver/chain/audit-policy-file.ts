/** Reads an `audit.k8s.io/v1` Policy: every mistake in it is told, with its place (apiserver `audit/policy` and `apis/audit/validation`). */
import type { AuditPolicy, AuditRule } from './audit-policy.ts';
import { ConfigReader } from './config-reader.ts';

const levels = ['None', 'Metadata', 'Request', 'RequestResponse'];
const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];

function checkPaths(reader: ConfigReader, paths: readonly string[] | undefined, at: string): void {
  for (const [index, path] of (paths ?? []).entries()) {
    const place = `${at}[${index}]`;
    if (path === '*') continue;
    if (!path.startsWith('/')) reader.invalid(place, path, "non-resource URL rules must begin with a '/' character");
    if (path.slice(0, -1).includes('*'))
      reader.invalid(place, path, "non-resource URL wildcards '*' must be the final character of the rule");
  }
}

function ruleOf(reader: ConfigReader, value: unknown, at: string): AuditRule {
  const rule = reader.object(value, at, [
    ...['level', 'users', 'userGroups', 'verbs', 'resources', 'namespaces', 'nonResourceURLs', 'omitStages'],
    'omitManagedFields',
  ]);
  const texts = (name: string) => reader.texts(rule[name], `${at}.${name}`);
  const resources = reader.list(rule['resources'], `${at}.resources`)?.map((each, index) => {
    const place = `${at}.resources[${index}]`;
    const entry = reader.object(each, place, ['group', 'resources', 'resourceNames']);
    const names = reader.texts(entry['resources'], `${place}.resources`);
    const resourceNames = reader.texts(entry['resourceNames'], `${place}.resourceNames`);
    if (resourceNames?.length && !names?.length)
      reader.invalid(
        `${place}.resourceNames`,
        resourceNames.join(','),
        'using resourceNames requires at least one resource',
      );
    const group = reader.text(entry['group'], `${place}.group`) ?? '';
    return { group, ...(names && { resources: names }), ...(resourceNames && { resourceNames }) };
  });
  const level = reader.oneOf(rule['level'], `${at}.level`, levels) ?? 'None';
  const nonResourceURLs = texts('nonResourceURLs');
  checkPaths(reader, nonResourceURLs, `${at}.nonResourceURLs`);
  if (nonResourceURLs?.length && (resources?.length || texts('namespaces')?.length))
    reader.invalid(
      `${at}.nonResourceURLs`,
      nonResourceURLs.join(','),
      'rules cannot apply to both regular resources and non-resource URLs',
    );
  const omitManagedFields = reader.truth(rule['omitManagedFields'], `${at}.omitManagedFields`);
  const lists = {
    users: texts('users'),
    userGroups: texts('userGroups'),
    verbs: texts('verbs'),
    namespaces: texts('namespaces'),
  };
  return {
    level: level as AuditRule['level'],
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined)),
    ...(resources && { resources }),
    ...(nonResourceURLs && { nonResourceURLs }),
    ...stagesOf(reader, rule['omitStages'], `${at}.omitStages`),
    ...(omitManagedFields !== undefined && { omitManagedFields }),
  };
}

function stagesOf(reader: ConfigReader, value: unknown, at: string): { omitStages?: string[] } {
  const omitStages = reader.texts(value, at);
  for (const [index, stage] of (omitStages ?? []).entries()) reader.oneOf(stage, `${at}[${index}]`, stages);
  return omitStages ? { omitStages } : {};
}

/** @throws Error naming every mistake */
export function auditPolicyOf(value: unknown): AuditPolicy {
  const reader = new ConfigReader();
  const policy = reader.document(value, { group: 'audit.k8s.io', versions: ['v1'], kind: 'Policy' }, [
    'rules',
    'omitStages',
    'omitManagedFields',
  ]);
  const rules = reader.list(policy['rules'], 'rules') ?? [];
  if (rules.length === 0) reader.required('rules', 'a policy without rules records nothing');
  const omitManagedFields = reader.truth(policy['omitManagedFields'], 'omitManagedFields');
  const answer: AuditPolicy = {
    rules: rules.map((rule, index) => ruleOf(reader, rule, `rules[${index}]`)),
    ...stagesOf(reader, policy['omitStages'], 'omitStages'),
    ...(omitManagedFields !== undefined && { omitManagedFields }),
  };
  reader.finish();
  return answer;
}
