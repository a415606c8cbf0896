import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Pod } from '@orrery/kinds/types';
import { raiseBackOff, remainingBackOff } from './back-off.ts';
import { at, container, exited, memory, observed, pod, running, sandbox, seen } from './fixtures.ts';
import type { ObservedPod } from './observed.ts';
import { gracePeriodOf, planEnding, planRunning } from './plan.ts';
import type { Action, PlanMemory } from './plan-steps.ts';

/** Actions in one line each, so that the tables read. */
const brief = (actions: readonly Action[]): string[] =>
  actions.map(action => {
    if (action.type === 'createSandbox') {
      const parts = [
        `sandbox ${action.attempt}`,
        ...action.stop.map(id => `stop ${id}`),
        ...action.kill.map(({ id }) => `kill ${id}`),
      ];
      return parts.join(', ');
    }
    if (action.type === 'start')
      return `start ${action.containers.map(({ name, restartCount }) => `${name}#${restartCount}`).join(' ')}`;
    if (action.type === 'kill') return `kill ${action.id} ${action.reason}`;
    return `stop ${action.id}`;
  });

interface Row {
  name: string;
  pod?: Pod;
  seen: ObservedPod;
  memory?: PlanMemory;
  plan: string[];
  waiting?: string[];
}

const never = { restartPolicy: 'Never' } as const;
const onFailure = { restartPolicy: 'OnFailure' } as const;
const two = { containers: [container('a'), container('b')] };
const init = { initContainers: [container('i1'), container('i2')] };
const sidecar = (name: string, more = {}) => container(name, { restartPolicy: 'Always', ...more });
const probe = { exec: { command: ['true'] } };
const backOff = (name: string, delayMs: number) => memory({ backOff: { [name]: { delayMs, updatedAt: at - 20_000 } } });

const tables: Record<string, Row[]> = {
  sandboxes: [
    { name: 'a new pod gets a sandbox', seen: observed([], []), plan: ['sandbox 0'] },
    {
      name: 'a lost sandbox is replaced',
      seen: observed([exited('a', 137)], [sandbox({ ready: false })]),
      plan: ['sandbox 1, stop s0'],
    },
    {
      name: 'what still runs in a lost sandbox is ended first',
      seen: observed([running('a')], [sandbox({ ready: false })]),
      plan: ['sandbox 1, stop s0, kill a-0'],
    },
    {
      name: 'two ready sandboxes are one too many',
      seen: observed([], [sandbox({ id: 's1', attempt: 1 }), sandbox()]),
      plan: ['sandbox 2, stop s1, stop s0'],
    },
    {
      name: 'a sandbox without an address is replaced',
      seen: observed([], [sandbox({ ips: [] })]),
      plan: ['sandbox 1, stop s0'],
    },
    {
      name: "none is needed on the host's network",
      pod: pod({ hostNetwork: true }),
      seen: observed([], [sandbox({ ips: [], hostNetwork: true })]),
      plan: ['start a#0'],
    },
    {
      name: 'a changed network mode needs a new one',
      pod: pod({ hostNetwork: true }),
      seen: observed(),
      plan: ['sandbox 1, stop s0'],
    },
    {
      name: 'Never: a pod that has run is not revived in a new sandbox',
      pod: pod(never),
      seen: observed([exited('a', 0)], [sandbox({ ready: false })]),
      plan: [],
    },
    {
      name: 'Never: a pod whose containers were never made is',
      pod: pod(never),
      seen: observed([], [sandbox({ ready: false })]),
      plan: ['sandbox 1, stop s0'],
    },
    {
      name: 'OnFailure: all succeeded, so no new sandbox',
      pod: pod(onFailure),
      seen: observed([exited('a', 0)], [sandbox({ ready: false })]),
      plan: [],
    },
    {
      name: 'OnFailure: one failed, so a new sandbox',
      pod: pod({ ...two, ...onFailure }),
      seen: observed([exited('a', 0), exited('b', 1)], [sandbox({ ready: false })]),
      plan: ['sandbox 1, stop s0'],
    },
  ],
  'main containers': [
    { name: 'are started together, in order', pod: pod(two), seen: observed(), plan: ['start a#0 b#0'] },
    { name: 'that run are left alone', seen: observed([running('a')]), plan: [] },
    { name: 'only the missing one is started', pod: pod(two), seen: observed([running('b')]), plan: ['start a#0'] },
    { name: 'Always: exit 0 is restarted', seen: observed([exited('a', 0)]), plan: ['start a#1'] },
    { name: 'Always: exit 1 is restarted', seen: observed([exited('a', 1, { restartCount: 4 })]), plan: ['start a#5'] },
    {
      name: 'OnFailure: exit 1 is restarted',
      pod: pod(onFailure),
      seen: observed([exited('a', 1)]),
      plan: ['start a#1'],
    },
    {
      name: 'OnFailure: exit 0 is done, the network is given back',
      pod: pod(onFailure),
      seen: observed([exited('a', 0)]),
      plan: ['stop s0'],
    },
    { name: 'Never: exit 1 is done', pod: pod(never), seen: observed([exited('a', 1)]), plan: ['stop s0'] },
    {
      name: 'Never: one done, one running',
      pod: pod({ ...two, ...never }),
      seen: observed([exited('a', 0), running('b')]),
      plan: [],
    },
    {
      name: 'Never: nothing is left after the sandbox stopped',
      pod: pod(never),
      seen: observed([exited('a', 0)], [sandbox({ ready: false })]),
      plan: [],
    },
    {
      name: 'created but not started is made anew',
      seen: observed([seen('a', { state: 'created' })]),
      plan: ['start a#1'],
    },
    {
      name: 'unknown is ended before it is made anew',
      seen: observed([seen('a', { state: 'unknown' })]),
      plan: ['kill a-0 unknown'],
    },
    {
      name: 'a changed image ends it',
      seen: observed([running('a', { hash: 'old' })]),
      plan: ['kill a-0 definitionChanged'],
    },
    {
      name: 'only the newest of a name counts',
      seen: observed([running('a', { restartCount: 1 }), exited('a', 1)]),
      plan: [],
    },
    {
      name: 'the restart count survives the loss of dead containers',
      pod: pod(
        {},
        {},
        {
          containerStatuses: [
            { name: 'a', ready: false, restartCount: 7, image: '', imageID: '', containerID: 'x://1' },
          ],
        },
      ),
      seen: observed(),
      plan: ['start a#8'],
    },
    {
      name: 'a status without a container id does not count as a start',
      pod: pod({}, {}, { containerStatuses: [{ name: 'a', ready: false, restartCount: 0, image: '', imageID: '' }] }),
      seen: observed(),
      plan: ['start a#0'],
    },
  ],
  probes: [
    {
      name: 'failed liveness ends the container',
      seen: observed([running('a')]),
      memory: memory({ liveness: { 'a-0': 'failure' } }),
      plan: ['kill a-0 liveness'],
    },
    {
      name: 'failed startup ends the container',
      seen: observed([running('a')]),
      memory: memory({ startup: { 'a-0': 'failure' } }),
      plan: ['kill a-0 startup'],
    },
    {
      name: 'unknown verdicts do nothing',
      seen: observed([running('a')]),
      memory: memory({ liveness: { 'a-0': 'unknown' } }),
      plan: [],
    },
    {
      name: 'a verdict on an old container does nothing',
      seen: observed([running('a', { restartCount: 1 })]),
      memory: memory({ liveness: { 'a-0': 'failure' } }),
      plan: [],
    },
    {
      name: 'Never: failed liveness still ends it',
      pod: pod(never),
      seen: observed([running('a')]),
      memory: memory({ liveness: { 'a-0': 'failure' } }),
      plan: ['kill a-0 liveness'],
    },
  ],
  'back-off': [
    {
      name: 'holds a crashed container back',
      seen: observed([exited('a', 1)]),
      memory: backOff('a', 10_000),
      plan: [],
      waiting: ['a CrashLoopBackOff back-off 10s restarting failed container=a pod=web_shop(u1)'],
    },
    {
      name: 'writes minutes as Go does',
      seen: observed([exited('a', 1)]),
      memory: backOff('a', 160_000),
      plan: [],
      waiting: ['a CrashLoopBackOff back-off 2m40s restarting failed container=a pod=web_shop(u1)'],
    },
    {
      name: 'is over after the delay',
      seen: observed([exited('a', 1, { finishedAt: at - 10_000 })]),
      memory: backOff('a', 10_000),
      plan: ['start a#1'],
    },
    {
      name: 'is forgotten after ten quiet minutes',
      seen: observed([exited('a', 1, { finishedAt: at - 1 })]),
      memory: memory({ backOff: { a: { delayMs: 300_000, updatedAt: at - 600_002 } } }),
      plan: ['start a#1'],
    },
    {
      name: 'of one container does not hold the other',
      pod: pod(two),
      seen: observed([exited('a', 1), exited('b', 1)]),
      memory: backOff('a', 10_000),
      plan: ['start b#1'],
      waiting: ['a CrashLoopBackOff back-off 10s restarting failed container=a pod=web_shop(u1)'],
    },
  ],
  'init containers': [
    { name: 'the first one alone', pod: pod(init), seen: observed(), plan: ['start i1#0'] },
    { name: 'a running one is waited for', pod: pod(init), seen: observed([running('i1')]), plan: [] },
    { name: 'the second after the first', pod: pod(init), seen: observed([exited('i1', 0)]), plan: ['start i2#0'] },
    {
      name: 'main containers after the last',
      pod: pod(init),
      seen: observed([exited('i2', 0), exited('i1', 0)]),
      plan: ['start a#0'],
    },
    { name: 'a failed one is restarted', pod: pod(init), seen: observed([exited('i1', 1)]), plan: ['start i1#1'] },
    {
      name: 'a failed one waits for its back-off',
      pod: pod(init),
      seen: observed([exited('i1', 1)]),
      memory: backOff('i1', 20_000),
      plan: [],
      waiting: ['i1 CrashLoopBackOff back-off 20s restarting failed container=i1 pod=web_shop(u1)'],
    },
    {
      name: 'OnFailure restarts a failed one',
      pod: pod({ ...init, ...onFailure }),
      seen: observed([exited('i1', 1)]),
      plan: ['start i1#1'],
    },
    {
      name: 'Never: a failed one ends the pod',
      pod: pod({ ...init, ...never }),
      seen: observed([exited('i1', 1)]),
      plan: ['stop s0'],
    },
    {
      name: 'a removed first one is not run again',
      pod: pod(init),
      seen: observed([exited('i2', 0)]),
      plan: ['start a#0'],
    },
    {
      name: 'removed ones are not run again beside main containers',
      pod: pod(init),
      seen: observed([running('a')]),
      plan: [],
    },
    {
      name: 'a new sandbox begins anew',
      pod: pod(init),
      seen: observed([exited('i2', 0, { sandboxId: 'old' }), exited('i1', 0, { sandboxId: 'old' })]),
      plan: ['start i1#1'],
    },
    {
      name: 'unknown is ended first',
      pod: pod(init),
      seen: observed([seen('i1', { state: 'unknown' })]),
      plan: ['kill i1-0 unknown'],
    },
    {
      name: 'main containers wait although they crashed in the old sandbox',
      pod: pod(init),
      seen: observed([exited('a', 1, { sandboxId: 'old' })]),
      plan: ['start i1#0'],
    },
  ],
  sidecars: [
    { name: 'start first', pod: pod({ initContainers: [sidecar('s')] }), seen: observed(), plan: ['start s#0'] },
    {
      name: 'once running, main containers follow',
      pod: pod({ initContainers: [sidecar('s')] }),
      seen: observed([running('s')]),
      plan: ['start a#0'],
    },
    {
      name: 'with a startup probe, main containers wait for it',
      pod: pod({ initContainers: [sidecar('s', { startupProbe: probe })] }),
      seen: observed([running('s')]),
      plan: [],
    },
    {
      name: 'its startup probe has passed',
      pod: pod({ initContainers: [sidecar('s', { startupProbe: probe })] }),
      seen: observed([running('s')]),
      memory: memory({ startup: { 's-0': 'success' } }),
      plan: ['start a#0'],
    },
    {
      name: 'its startup probe has failed',
      pod: pod({ initContainers: [sidecar('s', { startupProbe: probe })] }),
      seen: observed([running('s')]),
      memory: memory({ startup: { 's-0': 'failure' } }),
      plan: ['kill s-0 startup'],
    },
    {
      name: 'an init container after it waits for it only to run',
      pod: pod({ initContainers: [sidecar('s'), container('i')] }),
      seen: observed([running('s')]),
      plan: ['start i#0'],
    },
    {
      name: 'is restarted beside running main containers, even with Never',
      pod: pod({ initContainers: [sidecar('s')], ...never }),
      seen: observed([exited('s', 0), running('a')]),
      plan: ['start s#1'],
    },
    {
      name: 'is restarted while a later init container runs',
      pod: pod({ initContainers: [sidecar('s'), container('i')] }),
      seen: observed([running('i'), exited('s', 1)]),
      plan: ['start s#1'],
    },
    {
      name: 'failed liveness restarts it',
      pod: pod({ initContainers: [sidecar('s')] }),
      seen: observed([running('s'), running('a')]),
      memory: memory({ liveness: { 's-0': 'failure' } }),
      plan: ['kill s-0 liveness'],
    },
    {
      name: 'ends when all main containers are done',
      pod: pod({ initContainers: [sidecar('s')], ...never }),
      seen: observed([running('s'), exited('a', 0)]),
      plan: ['kill s-0 ending'],
    },
    {
      name: 'a lost sidecar is started again beside running main containers',
      pod: pod({ initContainers: [sidecar('s')] }),
      seen: observed([running('a')]),
      plan: ['start s#0'],
    },
  ],
  'ephemeral containers': [
    {
      name: 'are started even while init containers run',
      pod: pod({ ...init, ephemeralContainers: [container('debug')] }),
      seen: observed([running('i1')]),
      plan: ['start debug#0'],
    },
    {
      name: 'are never started twice',
      pod: pod({ ephemeralContainers: [container('debug')] }),
      seen: observed([running('a'), exited('debug', 1)]),
      plan: [],
    },
  ],
};

for (const [title, rows] of Object.entries(tables)) {
  suite(title, () => {
    for (const row of rows) {
      test(row.name, () => {
        const plan = planRunning(row.pod ?? pod(), row.seen, row.memory ?? memory());
        assert.deepEqual(brief(plan.actions), row.plan);
        assert.deepEqual(
          plan.waiting.map(({ name, reason, message }) => `${name} ${reason} ${message}`),
          row.waiting ?? [],
        );
      });
    }
  });
}

suite('words of kills', () => {
  const words = (wanted: Pod, state: ObservedPod, remembered = memory()) => {
    const [action] = planRunning(wanted, state, remembered).actions;
    return action?.type === 'kill' ? action.message : undefined;
  };
  const failed = memory({ liveness: { 'a-0': 'failure' } });
  test('liveness', () =>
    assert.equal(
      words(pod(), observed([running('a')]), failed),
      'Container a failed liveness probe, will be restarted',
    ));
  test('liveness with Never', () =>
    assert.equal(words(pod(never), observed([running('a')]), failed), 'Container a failed liveness probe'));
  test('definition', () =>
    assert.equal(
      words(pod(), observed([running('a', { hash: 'x' })])),
      'Container a definition changed, will be restarted',
    ));
});

suite('ending', () => {
  const ending = { deadline: at + 30_000 };
  const withSidecars = pod({ ...two, initContainers: [sidecar('s1'), container('i'), sidecar('s2')] });
  const rows: [string, ObservedPod, string[], number?][] = [
    [
      'main containers at once, sidecars later',
      observed([running('a'), running('b'), running('s1'), running('s2')]),
      ['kill a-0 ending', 'kill b-0 ending'],
    ],
    [
      'the last sidecar next',
      observed([exited('a', 0), exited('b', 0), running('s1'), running('s2')]),
      ['kill s2-0 ending'],
    ],
    ['then the first', observed([running('s1'), exited('s2', 0)]), ['kill s1-0 ending']],
    [
      'all at once when the time is over',
      observed([running('a'), running('s1'), running('s2')]),
      ['kill a-0 ending', 'kill s1-0 ending', 'kill s2-0 ending'],
      at + 30_000,
    ],
    ['a running init container', observed([running('i'), running('s1')]), ['kill i-0 ending']],
    ['then the sandbox', observed([exited('a', 0)]), ['stop s0']],
    ['then nothing', observed([exited('a', 0)], [sandbox({ ready: false })]), []],
    ['containers that the spec does not know', observed([running('ghost')]), ['kill ghost-0 ending']],
  ];
  for (const [name, state, wanted, now = at] of rows) {
    test(name, () => assert.deepEqual(brief(planEnding(withSidecars, state, ending, now).actions), wanted));
  }

  test('a pod that the API forgot is ended from what the runtime shows', () => {
    assert.deepEqual(brief(planEnding(undefined, observed([running('a')]), ending, at).actions), ['kill a-0 ending']);
  });

  test('the grace that is left goes to the container', () => {
    const [action] = planEnding(pod(), observed([running('a')]), ending, at + 12_500).actions;
    assert.ok(action?.type === 'kill');
    assert.equal(action.graceSeconds, 18);
  });

  test('grace of a pod: deletion over spec, at least one second', () => {
    assert.equal(gracePeriodOf(pod()), 30);
    assert.equal(gracePeriodOf(pod({ terminationGracePeriodSeconds: 5 })), 5);
    assert.equal(gracePeriodOf(pod({ terminationGracePeriodSeconds: 5 }, { deletionGracePeriodSeconds: 60 })), 60);
    assert.equal(gracePeriodOf(pod({}, { deletionGracePeriodSeconds: 0 })), 1);
  });
});

suite('back-off arithmetic', () => {
  test('doubles from 10 s to 300 s', () => {
    let entry = raiseBackOff(undefined, at, at);
    const delays = [entry.delayMs];
    for (let i = 0; i < 7; i++) {
      entry = raiseBackOff(entry, at, at);
      delays.push(entry.delayMs);
    }
    assert.deepEqual(
      delays,
      [10, 20, 40, 80, 160, 300, 300, 300].map(seconds => seconds * 1000),
    );
  });
  test('starts over after ten minutes without failure', () => {
    const old = { delayMs: 300_000, updatedAt: at };
    assert.equal(raiseBackOff(old, at + 600_001, at + 600_001).delayMs, 10_000);
    assert.equal(raiseBackOff(old, at + 600_000, at + 600_000).delayMs, 300_000);
    assert.equal(remainingBackOff(old, at + 600_001, at + 600_001), 0);
  });
});
