import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import type { WriteContext } from '../types.ts';
import { withTemplate } from './pod-templates.ts';

type Json = Record<string, unknown>;

const context = {} as WriteContext;
const spec = (): Json => ({
  hostnameOverride: 'h',
  containers: [{ name: 'c', image: 'i', restartPolicy: 'Never', lifecycle: { stopSignal: 'SIGUSR1' } }],
  volumes: [{ name: 'v', image: { reference: 'r' } }],
});
const cut = { containers: [{ name: 'c', image: 'i' }], volumes: [] };
const wrap: Readonly<Record<string, (template: Json) => Json>> = {
  'apps/deployments': template => ({ spec: { template } }),
  'batch/cronjobs': template => ({ spec: { jobTemplate: { spec: { template } } } }),
  '/podtemplates': template => ({ template }),
};

for (const [name, wrapped] of Object.entries(wrap)) {
  const object = (of: Json): KubeObject => ({ metadata: { name: 'x' }, ...wrapped({ spec: of }) }) as KubeObject;
  const strategy = withTemplate(name, {});
  test(`${name}: the template loses what pods lose`, () => {
    const given = object(spec());
    strategy.prepareForCreate!(given, context);
    assert.deepEqual(given, object(cut));
  });
  test(`${name}: what the stored template uses already stays`, () => {
    const given = object(spec());
    strategy.prepareForUpdate!(given, object({ ...cut, hostnameOverride: 'g' }), context);
    assert.deepEqual(given, object({ ...cut, hostnameOverride: 'h' }));
  });
}

test('kinds without templates are left alone', () => {
  const strategy = {};
  assert.equal(withTemplate('/configmaps', strategy), strategy);
});
