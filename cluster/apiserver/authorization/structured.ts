/** Reads an `apiserver.config.k8s.io` AuthorizationConfiguration: which authorizers decide, in which order. Pure. */
import { parseDuration } from '@orrery/machinery/duration';
import { ConfigReader } from '../chain/config-reader.ts';

export interface WebhookConfig {
  readonly name: string;
  readonly timeoutMs: number;
  readonly authorizedMs: number;
  readonly unauthorizedMs: number;
  readonly failurePolicy: 'NoOpinion' | 'Deny';
  readonly kubeConfigFile: string;
  readonly matchConditions: readonly string[];
}

export type AuthorizerConfig =
  | { readonly type: 'Node' | 'RBAC' | 'AlwaysAllow' | 'AlwaysDeny'; readonly name: string }
  | { readonly type: 'Webhook'; readonly name: string; readonly webhook: WebhookConfig };

const kinds = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'];
const minute = 60_000;

function durationOf(reader: ConfigReader, value: unknown, at: string, fallback: number): number {
  const text = reader.text(value, at);
  if (text === undefined) return fallback;
  try {
    const found = parseDuration(text);
    if (found < 0) reader.invalid(at, text, 'must not be negative');
    return found;
  } catch (error) {
    reader.invalid(at, text, (error as Error).message);
    return fallback;
  }
}

function webhookOf(reader: ConfigReader, value: unknown, at: string, name: string): WebhookConfig {
  const fields = reader.object(value, at, [
    ...['authorizedTTL', 'cacheAuthorizedRequests', 'unauthorizedTTL', 'cacheUnauthorizedRequests', 'timeout'],
    ...[
      'subjectAccessReviewVersion',
      'matchConditionSubjectAccessReviewVersion',
      'failurePolicy',
      'connectionInfo',
      'matchConditions',
    ],
  ]);
  if (fields['timeout'] === undefined) reader.required(`${at}.timeout`);
  const timeoutMs = durationOf(reader, fields['timeout'], `${at}.timeout`, 3000);
  if (timeoutMs === 0 || timeoutMs > 30_000)
    reader.invalid(`${at}.timeout`, fields['timeout'], 'must be > 0s and <= 30s');
  reader.oneOf(fields['subjectAccessReviewVersion'], `${at}.subjectAccessReviewVersion`, ['v1']);
  const conditions = (reader.list(fields['matchConditions'], `${at}.matchConditions`) ?? []).map((each, index) => {
    const place = `${at}.matchConditions[${index}]`;
    const expression =
      reader.text(reader.object(each, place, ['expression'])['expression'], `${place}.expression`) ?? '';
    if (expression === '') reader.required(`${place}.expression`);
    return expression;
  });
  if (conditions.length > 0)
    reader.oneOf(fields['matchConditionSubjectAccessReviewVersion'], `${at}.matchConditionSubjectAccessReviewVersion`, [
      'v1',
    ]);
  const failurePolicy = reader.oneOf(fields['failurePolicy'], `${at}.failurePolicy`, ['NoOpinion', 'Deny']);
  const connection = reader.object(fields['connectionInfo'], `${at}.connectionInfo`, ['type', 'kubeConfigFile']);
  const type = reader.oneOf(connection['type'], `${at}.connectionInfo.type`, ['KubeConfigFile']);
  const kubeConfigFile = reader.text(connection['kubeConfigFile'], `${at}.connectionInfo.kubeConfigFile`) ?? '';
  if (type === 'KubeConfigFile' && !kubeConfigFile) reader.required(`${at}.connectionInfo.kubeConfigFile`);
  if (kubeConfigFile && !kubeConfigFile.startsWith('/'))
    reader.invalid(`${at}.connectionInfo.kubeConfigFile`, kubeConfigFile, 'must be an absolute path');
  const remembers = (name: string) => reader.truth(fields[name], `${at}.${name}`) ?? true;
  const authorizedMs = durationOf(reader, fields['authorizedTTL'], `${at}.authorizedTTL`, 5 * minute);
  const unauthorizedMs = durationOf(reader, fields['unauthorizedTTL'], `${at}.unauthorizedTTL`, minute / 2);
  return {
    ...{ name, timeoutMs, kubeConfigFile, matchConditions: conditions },
    authorizedMs: remembers('cacheAuthorizedRequests') ? authorizedMs : 0,
    unauthorizedMs: remembers('cacheUnauthorizedRequests') ? unauthorizedMs : 0,
    failurePolicy: failurePolicy === 'NoOpinion' ? 'NoOpinion' : 'Deny',
  };
}

/** @throws Error naming every mistake */
export function authorizationConfigOf(value: unknown): AuthorizerConfig[] {
  const reader = new ConfigReader();
  const versions = ['v1', 'v1beta1', 'v1alpha1'];
  const kind = 'AuthorizationConfiguration';
  const document = reader.document(value, { group: 'apiserver.config.k8s.io', versions, kind }, ['authorizers']);
  const list = reader.list(document['authorizers'], 'authorizers') ?? [];
  if (list.length === 0) reader.required('authorizers', 'at least one authorization mode must be defined');
  const seen = { names: new Set<string>(), kinds: new Set<string>() };
  const found = list.map((each, index): AuthorizerConfig => {
    const at = `authorizers[${index}]`;
    const fields = reader.object(each, at, ['type', 'name', 'webhook']);
    const type = reader.oneOf(fields['type'], `${at}.type`, kinds) as AuthorizerConfig['type'] | undefined;
    const name = reader.text(fields['name'], `${at}.name`) ?? '';
    if (name === '') reader.required(`${at}.name`);
    if (seen.names.has(name)) reader.duplicate(`${at}.name`, name);
    seen.names.add(name);
    if (type === 'Webhook') {
      if (fields['webhook'] === undefined) reader.required(`${at}.webhook`, 'required when type=Webhook');
      return { type, name, webhook: webhookOf(reader, fields['webhook'], `${at}.webhook`, name) };
    }
    if (fields['webhook'] !== undefined)
      reader.invalid(`${at}.webhook`, 'non-null', 'may only be specified when type=Webhook');
    if (type !== undefined && seen.kinds.has(type)) reader.duplicate(`${at}.type`, type);
    if (type !== undefined) seen.kinds.add(type);
    return { type: type ?? 'AlwaysDeny', name };
  });
  reader.finish();
  return found;
}
