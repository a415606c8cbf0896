import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { baseEvent } from '../event.ts';
import { readCondition, type Names } from './condition.ts';
import { toAlertmanager, withAlerts } from './mark.ts';
import { policyOf, type AuditRule, type AuditWebhook, type RuleEntry } from './policy.ts';

const event = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  ...baseEvent({ id: 'e1', atMs: 0, verb: 'create', user: 'ann', message: 'made' }),
  objectRef: { resource: 'pods', namespace: 'p1', name: 'web', apiVersion: 'v1' },
  responseStatus: { code: 201, status: 'Success' },
  requestObject: {
    spec: {
      hostNetwork: true,
      containers: [{ ports: [{ hostPort: 80 }] }, { image: 'nginx:1.27', ports: [{ containerPort: 8080 }] }],
    },
  },
  Workspace: 'w1',
  ...more,
});

const names: Names = {
  macros: new Map([
    ['pod', 'ObjectRef.Resource = "pods"'],
    ['new-pod', '${pod} and Verb = "create"'],
    ['loop', 'not ${loop}'],
  ]),
  lists: new Map([['looking', ['get', 'list', 'watch']]]),
  aliases: new Map([['status', 'ResponseStatus.code']]),
};

const conditions: [string, boolean][] = [
  ['Verb = "create"', true],
  ['verb == "delete"', false],
  ['Verb != "delete"', true],
  ['Verb in ("create", "delete")', true],
  ['Verb not in ("get", "list", "watch")', true],
  ['Verb in ${looking}', false],
  ['Verb not in looking', true],
  ['${pod} and ObjectRef.Namespace = "p1"', true],
  ['pod and not new-pod', false],
  ['${status} >= 200 and ${status} < 300', true],
  ['ResponseStatus.code > 201', false],
  ['ResponseStatus.code = 201', true],
  ['User.Username contains "nn"', true],
  ['ObjectRef.Name like "w?b"', true],
  ['ObjectRef.Name like "w.b"', false],
  ['ObjectRef.Name regex "^w[a-e]b$"', true],
  ['ObjectRef.Subresource exists', false],
  ['ObjectRef.Subresource not exists', true],
  ['RequestObject.spec.hostNetwork', true],
  ['RequestObject.spec.hostPID', false],
  ['RequestObject.spec.containers[*].ports[*].hostPort exists', true],
  ['RequestObject.spec.containers[*].image like "nginx:*"', true],
  ['RequestObject.spec.containers[*].image != "nginx:1.27"', false],
  ['Verb = "delete" or Verb = "create" and ObjectRef.Resource = "services"', false],
  ['(Verb = "delete" or Verb = "create") and ObjectRef.Resource = "pods"', true],
  ['not Verb = "delete" and ObjectRef.Resource = "services"', false],
  [String.raw`ObjectRef.Name = "a \"quoted\" name"`, false],
];
for (const [text, expected] of conditions)
  test(`condition: ${text}`, () => assert.equal(readCondition(text, names)(event()), expected));

const wrong: [string, RegExp][] = [
  ['', /something is missing at 1/],
  ['Verb =', /a text in quotes or a number is wanted at 7/],
  ['Verb = "create', /the text that begins at 8 has no end/],
  ['Verb = "create" ObjectRef.Name = "x"', /"ObjectRef.Name" at 17 comes after the end/],
  ['(Verb = "create"', /"\)" is wanted at 17/],
  ['Verb in get', /no list is called get/],
  ['Verb in ("get" "list")', /"\)" is wanted at 16/],
  ['${nobody}', /nothing is called nobody/],
  ['${loop}', /the macro loop needs itself/],
  ['Verb not "x"', /"in", "contains", "like", "regex" or "exists" is wanted at 10/],
  ['Verb regex "("', /the expression at 12 cannot be read/],
  ['Verb % 2', /"%" at 6 means nothing here/],
];
for (const [text, message] of wrong)
  test(`a condition that cannot be read is told in words: ${text}`, () =>
    assert.throws(() => readCondition(text, names), message));

const ruleOf = (type: string, rules: RuleEntry[], namespace = 'kubesphere-logging-system'): AuditRule => ({
  apiVersion: 'auditing.kubesphere.io/v1alpha1',
  kind: 'Rule',
  metadata: { name: `${type}-rule`, namespace, labels: { type } },
  spec: { rules },
});
const webhookOf = (spec: AuditWebhook['spec'], name = 'kube-auditing-webhook'): AuditWebhook => ({
  apiVersion: 'auditing.kubesphere.io/v1alpha1',
  kind: 'Webhook',
  metadata: { name },
  ...(spec && { spec }),
});
const onlyPods: RuleEntry = { name: 'pods', type: 'rule', condition: 'ObjectRef.Resource = "pods"' };
const service = event({ objectRef: { resource: 'services', name: 's', namespace: 'p1' } });

test('without rules everything is kept, with rules what one of them names', () => {
  assert.ok(policyOf([], []).isArchived(service));
  const policy = policyOf([ruleOf('archiving', [onlyPods])], []);
  assert.deepEqual([policy.isArchived(event()), policy.isArchived(service)], [true, false]);
});

test('who changes what is recorded is on record, whatever the rules', () => {
  const policy = policyOf([ruleOf('archiving', [onlyPods])], []);
  const changed = event({
    objectRef: { resource: 'rules', apiGroup: 'auditing.kubesphere.io', name: 'archiving-rule' },
  });
  assert.ok(policy.isArchived(changed));
});

test('a rule that cannot be read silences nothing, and its object is told why', () => {
  const rule = ruleOf('archiving', [onlyPods, { name: 'bad', type: 'rule', condition: 'Verb in' }]);
  const policy = policyOf([rule], []);
  assert.ok(policy.isArchived(service));
  assert.deepEqual(policy.verdicts.get(rule), {
    state: 'Rejected',
    message: 'rules[1] (bad): "(" or the name of a list is wanted at 8',
  });
  for (const [entry, message] of [
    [{ ...onlyPods, type: 'ruel' }, /the type is rule, macro, list or alias, not "ruel"/],
    [{ ...onlyPods, priority: 'HIGH' }, /the priority is DEBUG, INFO or WARNING, not "HIGH"/],
  ] as const) {
    const one = ruleOf('archiving', [entry]);
    assert.match(policyOf([one], []).verdicts.get(one)!.message!, message);
  }
});

test('rules of projects are not heard: their members would decide what is known of them', () => {
  const rule = ruleOf('archiving', [{ ...onlyPods, condition: 'Verb = "nothing"' }], 'p1');
  const policy = policyOf([rule], []);
  assert.ok(policy.isArchived(event()));
  assert.match(policy.verdicts.get(rule)!.message!, /kubesphere-system and kubesphere-logging-system only/);
});

test('rules that are switched off, and those below the priority, say nothing', () => {
  const off = policyOf([ruleOf('archiving', [{ ...onlyPods, enable: false }])], []);
  assert.ok(off.isArchived(service));
  const alerting = ruleOf('alerting', [{ ...onlyPods, priority: 'INFO' }]);
  assert.deepEqual(policyOf([alerting], []).alertsOf(event()), []);
  const lower = policyOf([alerting], [webhookOf({ alertingPriority: 'INFO' })]);
  assert.deepEqual(lower.alertsOf(event()), [{ rule: 'pods', priority: 'INFO', output: '' }]);
});

test('a webhook says which rules are for what, the level, and who is alerted', () => {
  const webhook = webhookOf({
    auditLevel: 'RequestResponse',
    auditSinkPolicy: { alertingRuleSelector: { matchLabels: { type: 'loud' } } },
    receivers: [
      { name: 'a', type: 'alertmanager', config: { service: { namespace: 'm', name: 'alertmanager' } } },
      { name: 'b', type: 'webhook', config: { url: 'https://example.com/take' } },
    ],
  });
  const other = webhookOf({}, 'another');
  const loud = ruleOf('loud', [
    { ...onlyPods, name: 'HostNetwork', priority: 'WARNING', output: '${User.Username} made ${ObjectRef.Name}' },
  ]);
  const policy = policyOf([loud], [other, webhook]);
  assert.equal(policy.level, 'RequestResponse');
  assert.deepEqual(policy.receivers, [
    { name: 'alerts to a', url: 'http://alertmanager.m.svc:9093/api/v2/alerts', takes: 'alerts' },
    { name: 'alerts to b', url: 'https://example.com/take', takes: 'alerted' },
  ]);
  assert.equal(policy.verdicts.get(webhook)!.state, 'Accepted');
  assert.match(policy.verdicts.get(other)!.message!, /one webhook is used, which is "kube-auditing-webhook"/);
  const [alert] = toAlertmanager([withAlerts(event(), policy.alertsOf(event()))]) as {
    labels: object;
    annotations: object;
  }[];
  assert.deepEqual(alert!.annotations, { message: 'ann made web', auditID: 'e1' });
  assert.deepEqual(alert!.labels, {
    alertname: 'HostNetwork',
    alerttype: 'auditing',
    severity: 'warning',
    user: 'ann',
    verb: 'create',
    workspace: 'w1',
    namespace: 'p1',
    resource: 'pods',
    name: 'web',
  });
});

test('a webhook without an address for a receiver is told so', () => {
  const webhook = webhookOf({
    receivers: [
      { name: 'a', type: 'alertmanager' },
      { name: 'b', type: 'mail' },
    ],
  });
  assert.deepEqual(policyOf([], [webhook]).verdicts.get(webhook), {
    state: 'Rejected',
    message:
      'receivers[0]: config needs a url, or a service with namespace and name; receivers[1]: the type is alertmanager or webhook, not "mail"',
  });
});
