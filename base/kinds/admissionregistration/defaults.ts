/** Defaults of admissionregistration.k8s.io/v1. */
import { each, fill } from '../fill.ts';
import type {
  MatchResources,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../types.data.ts';

function defaultRules(rules: readonly { scope?: string }[] | undefined): void {
  for (const rule of each(rules)) fill(rule, { scope: '*' });
}

function defaultWebhook(webhook: ValidatingWebhook): void {
  fill(webhook, {
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: () => ({}),
    objectSelector: () => ({}),
    timeoutSeconds: 10,
  });
  if (webhook.clientConfig?.service) fill(webhook.clientConfig.service, { port: 443 });
  defaultRules(webhook.rules);
}

export function defaultValidatingWebhooks({ webhooks }: ValidatingWebhookConfiguration): void {
  for (const webhook of each(webhooks)) defaultWebhook(webhook);
}

export function defaultMutatingWebhooks({ webhooks }: MutatingWebhookConfiguration): void {
  for (const webhook of each(webhooks)) {
    defaultWebhook(webhook);
    fill(webhook, { reinvocationPolicy: 'Never' });
  }
}

function defaultMatch(match: MatchResources | undefined): void {
  if (!match) return;
  fill(match, { matchPolicy: 'Equivalent', namespaceSelector: () => ({}), objectSelector: () => ({}) });
  defaultRules(match.resourceRules);
  defaultRules(match.excludeResourceRules);
}

export function defaultAdmissionPolicy({ spec }: ValidatingAdmissionPolicy): void {
  fill(spec, { failurePolicy: 'Fail' });
  defaultMatch(spec.matchConstraints);
}

export const defaultAdmissionPolicyBinding = ({ spec }: ValidatingAdmissionPolicyBinding): void =>
  defaultMatch(spec.matchResources);
