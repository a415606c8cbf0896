import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment, ReplicaSet } from '@orrery/kinds/types';
import { seededRandom } from '@orrery/machinery/random';
import { planDeployment, type DeploymentPlan } from './plan.ts';
import { annotations, fenceposts, maxUnavailable, resolveIntOrPercent, wantedReplicas } from './sizes.ts';

const start = Date.parse('2025-01-01T00:00:00Z');

function deployment(spec: Partial<Deployment['spec']> = {}, more: Partial<Deployment> = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'n', uid: 'd', generation: 1 },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      ...spec,
    },
    ...more,
  };
}

/** The writes' effect, with ReplicaSets whose status follows at the test's pleasure. */
function world(first: Deployment) {
  let now = start;
  let created = 0;
  const state = {
    deployment: first,
    sets: [] as ReplicaSet[],
    messages: [] as string[],
    last: undefined as DeploymentPlan | undefined,
  };
  const apply = (plan: DeploymentPlan) => {
    for (const { action, replicaSet, events } of plan.writes) {
      state.messages.push(...events);
      const name = replicaSet.metadata.name;
      if (action === 'create') {
        const metadata = {
          ...replicaSet.metadata,
          uid: `u${++created}`,
          creationTimestamp: new Date(now + created).toISOString(),
        };
        state.sets.push({ ...replicaSet, metadata });
      } else if (action === 'delete') state.sets = state.sets.filter(set => set.metadata.name !== name);
      else state.sets = state.sets.map(set => (set.metadata.name === name ? replicaSet : set));
    }
    const noted = plan.revision
      ? { annotations: { ...state.deployment.metadata.annotations, [annotations.revision]: plan.revision } }
      : {};
    state.deployment = {
      ...state.deployment,
      metadata: { ...state.deployment.metadata, ...noted },
      status: plan.status,
    };
    state.last = plan;
  };
  return {
    state,
    advance: (seconds: number) => void (now += seconds * 1000),
    /** One round of the controller. */
    step() {
      apply(planDeployment({ deployment: state.deployment, replicaSets: state.sets, pods: [], now }));
      return state.last!;
    },
    change(spec: Partial<Deployment['spec']>) {
      const { deployment: current } = state;
      const metadata = { ...current.metadata, generation: current.metadata.generation! + 1 };
      state.deployment = { ...current, metadata, spec: { ...current.spec, ...spec } };
    },
    image(image: string) {
      const { template } = state.deployment.spec;
      this.change({ template: { ...template, spec: { containers: [{ name: 'c', image }] } } });
    },
    /** Pods of every ReplicaSet reach the wanted number; `ready` says how many of them are ready. */
    pods(ready: (set: ReplicaSet) => number = wantedReplicas) {
      state.sets = state.sets.map(set => {
        const replicas = wantedReplicas(set);
        const available = Math.min(replicas, ready(set));
        return {
          ...set,
          status: {
            replicas,
            readyReplicas: available,
            availableReplicas: available,
            observedGeneration: set.metadata.generation,
          },
        };
      });
    },
    settle(rounds = 30) {
      for (let i = 0; i < rounds; i++) {
        this.step();
        this.pods();
      }
      return this.step();
    },
  };
}

const condition = (plan: DeploymentPlan, type: string) => {
  const found = plan.status.conditions?.find(item => item.type === type);
  return found && `${found.status} ${found.reason}: ${found.message}`;
};

test('a new Deployment creates one ReplicaSet, labelled and numbered', () => {
  const w = world(deployment());
  const plan = w.step();
  assert.equal(plan.writes.length, 1);
  const { replicaSet, action } = plan.writes[0]!;
  assert.equal(action, 'create');
  const hash = replicaSet.metadata.labels!['pod-template-hash']!;
  assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  assert.equal(replicaSet.metadata.name, `web-${hash}`);
  assert.deepEqual(replicaSet.spec.selector, { matchLabels: { app: 'web', 'pod-template-hash': hash } });
  assert.deepEqual(replicaSet.metadata.annotations, {
    [annotations.revision]: '1',
    [annotations.desiredReplicas]: '3',
    [annotations.maxReplicas]: '4',
  });
  assert.equal(replicaSet.spec.replicas, 3);
  assert.equal(replicaSet.metadata.ownerReferences?.[0]?.controller, true);
  assert.equal(plan.revision, '1');
  assert.deepEqual(w.state.messages, [`Scaled up replica set web-${hash} from 0 to 3`]);
  assert.equal(condition(plan, 'Progressing'), `True NewReplicaSetCreated: Created new replica set "web-${hash}"`);
  assert.equal(
    condition(plan, 'Available'),
    'False MinimumReplicasUnavailable: Deployment does not have minimum availability.',
  );
});

test('a finished rollout says so and asks for nothing more', () => {
  const w = world(deployment());
  const plan = w.settle();
  assert.deepEqual(plan.writes, []);
  assert.equal(plan.requeueAfterMs, undefined);
  assert.match(
    condition(plan, 'Progressing')!,
    /^True NewReplicaSetAvailable: ReplicaSet "web-\w+" has successfully progressed\.$/,
  );
  assert.equal(condition(plan, 'Available'), 'True MinimumReplicasAvailable: Deployment has minimum availability.');
  assert.equal(plan.status.updatedReplicas, 3);
});

const limits: readonly (readonly [number, number | string, number | string, number, number])[] = [
  [3, '25%', '25%', 1, 0],
  [10, '25%', '25%', 3, 2],
  [10, 0, 0, 0, 1],
  [10, '0%', '0%', 0, 1],
  [1, '100%', '0%', 1, 0],
  [0, '25%', '25%', 0, 0],
  [2, 1, 5, 1, 2],
];
for (const [replicas, surge, unavailable, expectedSurge, expectedUnavailable] of limits) {
  test(`${replicas} replicas with surge ${surge} and unavailable ${unavailable}`, () => {
    const d = deployment({
      replicas,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
    });
    assert.deepEqual([fenceposts(d).surge, maxUnavailable(d)], [expectedSurge, expectedUnavailable]);
  });
}

test('a percentage must be one', () => {
  assert.equal(resolveIntOrPercent('30%', 10, true), 3);
  assert.throws(() => resolveIntOrPercent('30', 10, true), /not a percentage/);
});

test('rolling updates keep within surge and availability, whatever the pods do, and end', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed);
    const draw = (below: number) => Math.floor(random.float() * below);
    const replicas = 1 + draw(12);
    const rollingUpdate = { maxSurge: draw(4), maxUnavailable: draw(4) };
    const w = world(deployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } }));
    w.settle();
    w.image('i:2');
    const { surge } = fenceposts(w.state.deployment);
    const least = replicas - maxUnavailable(w.state.deployment);
    let ready = 0;
    for (let i = 0; i < 60; i++) {
      w.step();
      const total = w.state.sets.reduce((sum, set) => sum + wantedReplicas(set), 0);
      assert.ok(total <= replicas + surge, `seed ${seed}: ${total} pods`);
      // Old pods stay ready; new ones become ready one after the other.
      ready += draw(2);
      const isNew = (set: ReplicaSet) => set.spec.template?.spec?.containers[0]?.image === 'i:2';
      w.pods(set => (isNew(set) ? ready : wantedReplicas(set)));
      const available = w.state.sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0);
      assert.ok(available >= least, `seed ${seed}: only ${available} of ${least} are available`);
    }
    w.settle();
    assert.match(condition(w.state.last!, 'Progressing')!, /NewReplicaSetAvailable/, `seed ${seed}`);
  }
});

test('no old pod goes while the new ones are not available', () => {
  const w = world(
    deployment({ replicas: 4, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }),
  );
  w.settle();
  w.image('broken');
  for (let i = 0; i < 10; i++) {
    w.step();
    w.pods(set => (set.spec.template?.spec?.containers[0]?.image === 'broken' ? 0 : wantedReplicas(set)));
  }
  assert.deepEqual(w.state.sets.map(wantedReplicas), [4, 1]);
});

test('the deadline passes once there was no progress for so long', () => {
  const w = world(deployment());
  w.step();
  const plan = w.step();
  assert.equal(plan.requeueAfterMs, 601_000);
  w.advance(601);
  const late = w.step();
  assert.match(
    condition(late, 'Progressing')!,
    /^False ProgressDeadlineExceeded: ReplicaSet "web-\w+" has timed out progressing\.$/,
  );
  w.pods();
  assert.match(condition(w.step(), 'Progressing')!, /^True NewReplicaSetAvailable/);
});

test('rolling back takes the former ReplicaSet up again under a new revision', () => {
  const w = world(deployment());
  w.settle();
  w.image('i:2');
  w.settle();
  w.image('i:1');
  w.settle();
  assert.equal(w.state.sets.length, 2);
  const [first, second] = w.state.sets;
  assert.equal(first!.metadata.annotations![annotations.revision], '3');
  assert.equal(first!.metadata.annotations![annotations.revisionHistory], '1');
  assert.deepEqual([wantedReplicas(first!), wantedReplicas(second!)], [3, 0]);
  assert.equal(w.state.last!.revision, '3');
});

test('history keeps as many old revisions as asked for', () => {
  const w = world(deployment({ revisionHistoryLimit: 2 }));
  for (let i = 1; i <= 5; i++) {
    w.image(`i:${i}`);
    w.settle();
  }
  assert.deepEqual(
    w.state.sets.map(set => set.spec.template!.spec!.containers[0]!.image),
    ['i:3', 'i:4', 'i:5'],
  );
});

test('scaling in the middle of a rollout shares in proportion', () => {
  const w = world(
    deployment({
      replicas: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
    }),
  );
  w.settle();
  w.image('i:2');
  w.step();
  w.step();
  w.pods(set => (set.spec.template?.spec?.containers[0]?.image === 'i:2' ? 0 : wantedReplicas(set)));
  w.step();
  assert.deepEqual(w.state.sets.map(wantedReplicas), [8, 5]);
  w.change({ replicas: 15 });
  w.step();
  // The documented example: of 5 more, the old revision gets 3 and the new one 2.
  assert.deepEqual(w.state.sets.map(wantedReplicas), [11, 7]);
});

test('a paused Deployment scales but does not roll', () => {
  const w = world(deployment());
  w.settle();
  w.change({ paused: true, replicas: 5 });
  w.image('i:2');
  const plan = w.step();
  assert.equal(condition(plan, 'Progressing'), 'Unknown DeploymentPaused: Deployment is paused');
  assert.deepEqual(w.state.sets.map(wantedReplicas), [5]);
  w.pods();
  w.step();
  w.change({ paused: false });
  assert.match(condition(w.step(), 'Progressing')!, /^True NewReplicaSetCreated/);
  assert.equal(w.state.sets.length, 2);
});

test('Recreate waits until the last old pod is gone', () => {
  const w = world(deployment({ strategy: { type: 'Recreate' } }));
  w.settle();
  w.image('i:2');
  w.step();
  assert.deepEqual(w.state.sets.map(wantedReplicas), [0], 'scaled down first');
  w.step();
  assert.equal(w.state.sets.length, 1, 'the old pods are still counted');
  w.pods();
  const pod = {
    metadata: {
      name: 'p',
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'x', uid: 'u1', controller: true }],
    },
    spec: { containers: [] },
    status: { phase: 'Running' as const },
  };
  const waiting = planDeployment({
    deployment: w.state.deployment,
    replicaSets: w.state.sets,
    pods: [pod],
    now: start,
  });
  assert.deepEqual(waiting.writes, [], 'a terminating pod still holds it up');
  w.settle();
  assert.deepEqual(w.state.sets.map(wantedReplicas), [0, 3]);
});

test('a Deployment that is being deleted only reports', () => {
  const w = world(deployment());
  w.settle();
  const { deployment: current } = w.state;
  w.state.deployment = { ...current, metadata: { ...current.metadata, deletionTimestamp: '2025-01-01T00:00:00Z' } };
  w.image('i:2');
  assert.deepEqual(w.step().writes, []);
});

test('trouble of a ReplicaSet shows on the Deployment', () => {
  const w = world(deployment());
  w.step();
  const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' }];
  w.state.sets = w.state.sets.map(set => ({ ...set, status: { replicas: 0, conditions } }));
  assert.equal(condition(w.step(), 'ReplicaFailure'), 'True FailedCreate: quota');
  w.pods();
  assert.equal(condition(w.step(), 'ReplicaFailure'), undefined);
});
