/** Authorization by webhooks: a SubjectAccessReview to where a kubeconfig leads (apiserver `plugin/pkg/authorizer/webhook`). */
import type { Handler, UserInfo } from '@orrery/http';
import {
  CelError,
  adaptDynamic,
  compile,
  formatType,
  kubernetesEnvironment,
  limits,
  types,
} from '@orrery/machinery/cel';
import type { Program } from '@orrery/machinery/cel';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { post } from '../authentication/review-call.ts';
import type { AuthorizationAttributes, Authorizer, Decision } from '../types.ts';
import type { WebhookConfig } from './structured.ts';

export interface AuthorizationWebhookOptions {
  readonly config: WebhookConfig;
  readonly send: Handler;
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

const entriesMax = 8192;

/** What is asked. */
export function specOf(user: UserInfo, attributes: AuthorizationAttributes): Record<string, unknown> {
  const { verb, isResourceRequest, path, apiGroup, apiVersion, resource, subresource, namespace, name } = attributes;
  const filled = (fields: Record<string, string>) =>
    Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''));
  return {
    user: user.name,
    ...(user.uid && { uid: user.uid }),
    groups: user.groups,
    ...(user.extra && { extra: user.extra }),
    ...(isResourceRequest
      ? {
          resourceAttributes: filled({
            namespace,
            verb,
            group: apiGroup,
            version: apiVersion,
            resource,
            subresource,
            name,
          }),
        }
      : { nonResourceAttributes: { path, verb } }),
  };
}

const environment = kubernetesEnvironment().extend({ variables: { request: types.dynType } });

/** @throws Error with the place of a condition that cannot be used */
export function compileConditions({ name, matchConditions }: WebhookConfig): Program[] {
  return matchConditions.map((expression, index) => {
    const at = `authorizers[${name}].webhook.matchConditions[${index}].expression`;
    const { program, text } = compile(expression, environment);
    if (!program) throw new Error(`${at}: Invalid value: ${JSON.stringify(expression)}: compilation failed: ${text}`);
    const type = formatType(program.type);
    if (type !== 'bool' && type !== 'dyn')
      throw new Error(`${at}: Invalid value: ${JSON.stringify(expression)}: must evaluate to bool`);
    return program;
  });
}

/** One condition that is false is enough; one that fails is told unless another is false. */
function matches(conditions: readonly Program[], spec: object): boolean {
  const request = adaptDynamic(spec);
  let problem: string | undefined;
  for (const program of conditions) {
    const { value, exceeded } = program.run(name => (name === 'request' ? request : undefined), limits.perCallLimit);
    if (value === false) return false;
    if (exceeded) problem = 'a match condition costs too much';
    else if (value instanceof CelError) problem = value.message;
  }
  if (problem !== undefined) throw new Error(problem);
  return true;
}

interface Status {
  readonly allowed?: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
}

function decisionOf({ allowed = false, denied = false, reason = '' }: Status): Decision {
  if (allowed && denied) throw new Error('webhook subject access review returned both allow and deny response');
  return { decision: allowed ? 'allow' : denied ? 'deny' : 'no-opinion', reason };
}

/** @throws Error see {@link compileConditions} */
export function webhookAuthorizer({ config, send, path, clock, log }: AuthorizationWebhookOptions): Authorizer {
  const conditions = compileConditions(config);
  const known = new Map<string, { decision: Decision; untilMs: number }>();
  const call = { send, path, clock, timeoutMs: config.timeoutMs };
  const ask = async (spec: Record<string, unknown>): Promise<Decision> => {
    const key = JSON.stringify(spec);
    const found = known.get(key);
    if (found && clock.monotonic() < found.untilMs) return found.decision;
    known.delete(key);
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec };
    const answer = (await post(call, review)) as { status?: Status };
    const decision = decisionOf(answer.status ?? {});
    const ttl = decision.decision === 'allow' ? config.authorizedMs : config.unauthorizedMs;
    // What is too long to be remembered is asked each time: nobody fills our memory with names.
    if (ttl > 0 && key.length < 10_000) known.set(key, { decision, untilMs: clock.monotonic() + ttl });
    if (known.size > entriesMax) known.delete(known.keys().next().value!);
    return decision;
  };
  return async (user, attributes) => {
    const spec = specOf(user, attributes);
    try {
      if (!matches(conditions, spec)) return { decision: 'no-opinion', reason: '' };
      return await ask(spec);
    } catch (error) {
      log.warn('an authorization webhook failed', { webhook: config.name, error });
      if (config.failurePolicy === 'NoOpinion') return { decision: 'no-opinion', reason: '' };
      return { decision: 'deny', reason: `webhook ${JSON.stringify(config.name)} failed` };
    }
  };
}
