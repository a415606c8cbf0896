import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ContainerStatus, Pod, PodStatus } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { at, container, exited, observed, pod, running, sandbox, seen } from './fixtures.ts';
import { conditionsOf } from './conditions.ts';
import type { ObservedPod } from './observed.ts';
import { phaseOf } from './phase.ts';
import { podRequests, qosClassOf } from './qos.ts';
import { isOver, podStatusOf, statusPatch, type StatusInput } from './status.ts';

const input = (more: Partial<StatusInput> = {}): StatusInput => ({
  runtimeName: 'containerd',
  waiting: new Map(),
  started: () => true,
  ready: () => true,
  ending: false,
  now: at,
  hostIps: ['192.0.2.7'],
  ...more,
});
const sidecar = (name: string) => container(name, { restartPolicy: 'Always' });
const brief = ({ name, ready, started, restartCount, state, lastState }: ContainerStatus): string => {
  const word = (one: ContainerStatus['state']): string =>
    one?.running
      ? 'running'
      : one?.terminated
        ? `${one.terminated.reason}(${one.terminated.exitCode})`
        : one?.waiting
          ? one.waiting.reason!
          : '-';
  return [name, word(state), word(lastState), `#${restartCount}`, ready ? 'ready' : '', started ? 'started' : '']
    .filter(Boolean)
    .join(' ');
};

suite('container statuses', () => {
  const crash = new Map([['a', { reason: 'CrashLoopBackOff', message: 'back-off 10s' }]]);
  const rows: {
    name: string;
    pod?: Pod;
    seen: ObservedPod;
    input?: Partial<StatusInput>;
    main?: string[];
    init?: string[];
  }[] = [
    { name: 'nothing made yet', seen: observed([], []), main: ['a ContainerCreating - #0'] },
    {
      name: 'before init containers',
      pod: pod({ initContainers: [container('i')] }),
      seen: observed([], []),
      main: ['a PodInitializing - #0'],
      init: ['i PodInitializing - #0'],
    },
    { name: 'running', seen: observed([running('a')]), main: ['a running - #0 ready started'] },
    {
      name: 'running, not ready',
      seen: observed([running('a')]),
      input: { ready: () => false },
      main: ['a running - #0 started'],
    },
    {
      name: 'running, startup probe pending',
      seen: observed([running('a')]),
      input: { started: () => false },
      main: ['a running - #0'],
    },
    {
      name: 'created, not started',
      seen: observed([seen('a', { state: 'created' })]),
      main: ['a ContainerCreating - #0'],
    },
    {
      name: 'ended well',
      pod: pod({ restartPolicy: 'Never' }),
      seen: observed([exited('a', 0)]),
      main: ['a Completed(0) - #0'],
    },
    {
      name: 'ended by lack of memory',
      pod: pod({ restartPolicy: 'Never' }),
      seen: observed([exited('a', 137, { reason: 'OOMKilled' })]),
      main: ['a OOMKilled(137) - #0'],
    },
    { name: 'crashed, about to start again', seen: observed([exited('a', 1)]), main: ['a Error(1) - #0'] },
    {
      name: 'crashed, held back',
      seen: observed([exited('a', 1)]),
      input: { waiting: crash },
      main: ['a CrashLoopBackOff Error(1) #0'],
    },
    {
      name: 'running again',
      seen: observed([running('a', { restartCount: 1 }), exited('a', 1)]),
      main: ['a running Error(1) #1 ready started'],
    },
    {
      name: 'crashed twice, held back',
      seen: observed([exited('a', 2, { restartCount: 1 }), exited('a', 1)]),
      input: { waiting: crash },
      main: ['a CrashLoopBackOff Error(2) #1'],
    },
    {
      name: 'never restarted, whatever waits',
      pod: pod({ restartPolicy: 'Never' }),
      seen: observed([exited('a', 1)]),
      input: { waiting: crash },
      main: ['a Error(1) - #0'],
    },
    {
      name: 'image cannot be had',
      seen: observed([]),
      input: { waiting: new Map([['a', { reason: 'ErrImagePull', message: 'no' }]]) },
      main: ['a ErrImagePull - #0'],
    },
    {
      name: 'a failed start does not hide a running one',
      seen: observed([running('a')]),
      input: { waiting: crash },
      main: ['a running - #0 ready started'],
    },
    {
      name: 'init done',
      pod: pod({ initContainers: [container('i')] }),
      seen: observed([exited('i', 0)]),
      init: ['i Completed(0) - #0 ready'],
    },
    {
      name: 'sidecar ready',
      pod: pod({ initContainers: [sidecar('s')] }),
      seen: observed([running('s')]),
      init: ['s running - #0 ready started'],
    },
    {
      name: 'sidecar restarted even with Never',
      pod: pod({ initContainers: [sidecar('s')], restartPolicy: 'Never' }),
      seen: observed([exited('s', 1)]),
      input: { waiting: new Map([['s', { reason: 'CrashLoopBackOff', message: '' }]]) },
      init: ['s CrashLoopBackOff Error(1) #0'],
    },
    {
      name: 'by name, not by order',
      pod: pod({ containers: [container('b'), container('a')] }),
      seen: observed([]),
      main: ['a ContainerCreating - #0', 'b ContainerCreating - #0'],
    },
    {
      name: 'removed after its end: the API remembers',
      pod: pod(
        { restartPolicy: 'Never' },
        {},
        {
          containerStatuses: [
            {
              name: 'a',
              ready: false,
              restartCount: 2,
              image: 'x',
              imageID: 'y',
              containerID: 'containerd://1',
              state: { terminated: { exitCode: 0, reason: 'Completed' } },
            },
          ],
        },
      ),
      seen: observed([]),
      main: ['a Completed(0) - #2'],
    },
    {
      name: 'vanished while it ran',
      pod: pod(
        {},
        {},
        {
          containerStatuses: [
            {
              name: 'a',
              ready: true,
              restartCount: 2,
              image: 'x',
              imageID: 'y',
              containerID: 'containerd://1',
              state: { running: {} },
            },
          ],
        },
      ),
      seen: observed([]),
      main: ['a ContainerCreating ContainerStatusUnknown(137) #3'],
    },
    {
      name: 'vanished while its pod ended',
      pod: pod(
        {},
        {},
        {
          containerStatuses: [
            {
              name: 'a',
              ready: true,
              restartCount: 2,
              image: 'x',
              imageID: 'y',
              containerID: 'containerd://1',
              state: { running: {} },
            },
          ],
        },
      ),
      seen: observed([]),
      input: { ending: true },
      main: ['a ContainerStatusUnknown(137) - #2'],
    },
  ];
  for (const row of rows) {
    test(row.name, () => {
      const status = podStatusOf(row.pod ?? pod(), row.seen, input(row.input));
      if (row.main) assert.deepEqual(status.containerStatuses?.map(brief), row.main);
      if (row.init) assert.deepEqual(status.initContainerStatuses?.map(brief), row.init);
    });
  }

  test('ids, images, times and messages', () => {
    const ended = exited('a', 3, { terminationMessage: 'why', startedAt: at - 9_000 });
    const [status] = podStatusOf(pod({ restartPolicy: 'Never' }), observed([ended]), input()).containerStatuses!;
    assert.equal(status!.containerID, 'containerd://a-0');
    assert.equal(status!.imageID, 'sha256:a');
    assert.deepEqual(status!.state?.terminated, {
      exitCode: 3,
      reason: 'Error',
      message: 'why',
      startedAt: formatTime(at - 9_000),
      finishedAt: formatTime(at - 5_000),
      containerID: 'containerd://a-0',
    });
  });
});

suite('phase', () => {
  const of = (state: 'running' | 'waiting' | 'ok' | 'failed' | 'crashed'): Partial<ContainerStatus> =>
    ({
      running: { state: { running: {} }, started: true },
      waiting: { state: { waiting: { reason: 'x' } } },
      ok: { state: { terminated: { exitCode: 0 } }, ready: true },
      failed: { state: { terminated: { exitCode: 1 } } },
      crashed: { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 1 } } },
    })[state];
  type State = Parameters<typeof of>[0];
  const rows: [string, string, State[], boolean, string, State[]?][] = [
    ['nothing known', 'Always', [], false, 'Pending'],
    ['waiting', 'Always', ['waiting'], false, 'Pending'],
    ['one of two waits', 'Always', ['running', 'waiting'], false, 'Pending'],
    ['running', 'Always', ['running', 'running'], false, 'Running'],
    ['one crashed', 'Always', ['running', 'crashed'], false, 'Running'],
    ['all crashed', 'Always', ['crashed', 'crashed'], false, 'Running'],
    ['Always: all ended', 'Always', ['ok', 'ok'], false, 'Running'],
    ['OnFailure: all ended well', 'OnFailure', ['ok', 'ok'], false, 'Succeeded'],
    ['OnFailure: one failed', 'OnFailure', ['ok', 'failed'], false, 'Running'],
    ['Never: all ended well', 'Never', ['ok', 'ok'], false, 'Succeeded'],
    ['Never: one failed', 'Never', ['ok', 'failed'], false, 'Failed'],
    ['Never: one runs', 'Never', ['failed', 'running'], false, 'Running'],
    ['ended: all well', 'Always', ['ok', 'ok'], true, 'Succeeded'],
    ['ended: one failed', 'Always', ['ok', 'failed'], true, 'Failed'],
    ['ended before it began', 'Always', ['waiting'], true, 'Failed'],
    ['init running', 'Always', ['waiting'], false, 'Pending', ['running']],
    ['init failed, Never', 'Never', ['waiting'], false, 'Failed', ['failed']],
    ['init failed, Always', 'Always', ['waiting'], false, 'Pending', ['failed']],
    ['init done', 'Always', ['running'], false, 'Running', ['ok']],
  ];
  for (const [name, restartPolicy, main, ended, wanted, init = []] of rows) {
    test(name, () => {
      const names = ['a', 'b'].slice(0, Math.max(1, main.length));
      const status =
        (prefix: string) =>
        (state: State, index: number): ContainerStatus => ({
          name: prefix + 'ab'[index],
          ready: false,
          restartCount: 0,
          image: '',
          imageID: '',
          ...of(state),
        });
      const wantedPod = pod({
        restartPolicy: restartPolicy as 'Always',
        containers: names.map(one => container(one)),
        initContainers: init.map((_, index) => container(`i${'ab'[index]}`)),
      });
      assert.equal(phaseOf(wantedPod, { init: init.map(status('i')), main: main.map(status('')) }, ended), wanted);
    });
  }

  test('is not final while a container still runs', () => {
    const never = pod({ restartPolicy: 'Never', initContainers: [sidecar('s')] }, {}, { phase: 'Running' });
    const state = observed([running('s'), exited('a', 0)]);
    assert.equal(isOver(never, state, input()), true);
    assert.equal(podStatusOf(never, state, input({ ending: true })).phase, 'Running');
    assert.equal(
      podStatusOf(never, observed([exited('s', 143), exited('a', 0)]), input({ ending: true })).phase,
      'Succeeded',
    );
  });

  test('stays once it is final', () => {
    assert.equal(podStatusOf(pod({}, {}, { phase: 'Failed' }), observed([running('a')]), input()).phase, 'Failed');
  });

  test("a failure of the kubelet's making shows when all has ended", () => {
    const failure = { reason: 'DeadlineExceeded', message: 'too long' };
    const during = podStatusOf(
      pod({}, {}, { phase: 'Running' }),
      observed([running('a')]),
      input({ failure, ending: true }),
    );
    assert.deepEqual([during.phase, during.reason], ['Running', undefined]);
    const after = podStatusOf(
      pod({}, {}, { phase: 'Running' }),
      observed([exited('a', 0)]),
      input({ failure, ending: true }),
    );
    assert.deepEqual([after.phase, after.reason, after.message], ['Failed', 'DeadlineExceeded', 'too long']);
  });
});

suite('conditions', () => {
  const find = (status: PodStatus, type: string) => status.conditions?.find(condition => condition.type === type);
  const ready = (wanted: Pod, state: ObservedPod, more: Partial<StatusInput> = {}) =>
    find(podStatusOf(wanted, state, input(more)), 'Ready');

  test('ready', () => assert.equal(ready(pod(), observed([running('a')]))?.status, 'True'));
  test('unready containers are named', () => {
    const condition = ready(pod({ containers: [container('a'), container('b')] }), observed([]));
    assert.deepEqual(
      [condition?.reason, condition?.message],
      ['ContainersNotReady', 'containers with unready status: [a b]'],
    );
  });
  test('readiness gates', () => {
    const gated = (conditions: Pod['status']) => pod({ readinessGates: [{ conditionType: 'x/y' }] }, {}, conditions);
    assert.equal(
      ready(gated(undefined), observed([running('a')]))?.message,
      'corresponding condition of pod readiness gate "x/y" does not exist.',
    );
    const no = gated({ conditions: [{ type: 'x/y', status: 'False' }] });
    assert.equal(
      ready(no, observed([running('a')]))?.message,
      'the status of pod readiness gate "x/y" is not "True", but False',
    );
    assert.equal(
      ready(gated({ conditions: [{ type: 'x/y', status: 'True' }] }), observed([running('a')]))?.status,
      'True',
    );
  });
  test('completed and failed pods are not ready', () => {
    assert.equal(ready(pod({ restartPolicy: 'Never' }), observed([exited('a', 0)]))?.reason, 'PodCompleted');
    assert.equal(ready(pod({ restartPolicy: 'Never' }), observed([exited('a', 1)]))?.reason, 'PodFailed');
  });
  test('initialised', () => {
    const wanted = pod({ initContainers: [container('i')] });
    const pending = find(podStatusOf(wanted, observed([running('i')]), input()), 'Initialized');
    assert.deepEqual(
      [pending?.status, pending?.reason, pending?.message],
      ['False', 'ContainersNotInitialized', 'containers with incomplete status: [i]'],
    );
    assert.equal(find(podStatusOf(wanted, observed([exited('i', 0)]), input()), 'Initialized')?.status, 'True');
    assert.equal(find(podStatusOf(wanted, observed([running('a')]), input()), 'Initialized')?.status, 'True');
  });
  test('a sandbox without address is not ready to start containers', () => {
    const condition = (state: ObservedPod) =>
      find(podStatusOf(pod(), state, input()), 'PodReadyToStartContainers')?.status;
    assert.deepEqual(
      [condition(observed([])), condition(observed([], [])), condition(observed([], [sandbox({ ready: false })]))],
      ['True', 'False', 'False'],
    );
  });
  test('the time of the transition is kept until the status changes', () => {
    const old = '2020-01-01T00:00:00Z';
    const before = pod({}, {}, { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: old }] });
    const times = (phase: 'Running' | 'Failed') =>
      conditionsOf({
        pod: before,
        phase,
        statuses: [{ name: 'a', ready: true, restartCount: 0, image: '', imageID: '' }],
        sandboxReady: true,
        time: 'now',
      }).find(({ type }) => type === 'Ready')?.lastTransitionTime;
    assert.equal(times('Running'), old);
    assert.equal(times('Failed'), 'now');
  });
  test('generation and addresses', () => {
    const status = podStatusOf(
      pod({}, { generation: 7 }),
      observed([running('a')], [sandbox({ ips: ['10.1.0.5', 'fd00::5'] })]),
      input(),
    );
    assert.equal(status.observedGeneration, 7);
    assert.ok(status.conditions?.every(({ observedGeneration }) => observedGeneration === 7));
    assert.deepEqual(
      [status.podIP, status.podIPs, status.hostIP],
      ['10.1.0.5', [{ ip: '10.1.0.5' }, { ip: 'fd00::5' }], '192.0.2.7'],
    );
  });
  test('a pod whose sandbox has stopped keeps its address', () => {
    const before = pod({ restartPolicy: 'Never' }, {}, { podIP: '10.1.0.5', podIPs: [{ ip: '10.1.0.5' }] });
    assert.equal(
      podStatusOf(before, observed([exited('a', 0)], [sandbox({ ready: false, ips: [] })]), input()).podIP,
      '10.1.0.5',
    );
  });
});

suite('patch', () => {
  const full = podStatusOf(pod(), observed([running('a')]), input());
  test('nothing when nothing differs', () => assert.equal(statusPatch(full, full), undefined));
  test("others' conditions and fields are left alone", () => {
    const server = {
      ...full,
      nominatedNodeName: 'n',
      conditions: [...full.conditions!, { type: 'DisruptionTarget', status: 'True' }],
    };
    assert.equal(statusPatch(server, full), undefined);
  });
  test('a null probe time of the server is no difference', () => {
    const server = {
      ...full,
      conditions: full.conditions!.map(condition => ({ ...condition, lastProbeTime: null as unknown as string })),
    };
    assert.equal(statusPatch(server, full), undefined);
  });
  test('only what changed; addresses as a whole', () => {
    const patch = statusPatch({ ...full, podIP: '1.1.1.1', podIPs: [{ ip: '1.1.1.1' }] }, full);
    assert.deepEqual(patch, { podIP: '10.1.0.5', podIPs: [{ ip: '10.1.0.5' }, { $patch: 'replace' }] });
  });
  test('a reason that is gone is taken away', () => {
    const server = {
      ...full,
      conditions: full.conditions!.map(one =>
        one.type === 'Ready' ? { ...one, status: 'False', reason: 'r', message: 'm' } : one,
      ),
    };
    const [condition] = statusPatch(server, full)!.conditions as {
      status: string;
      reason: unknown;
      message: unknown;
    }[];
    assert.deepEqual([condition!.status, condition!.reason, condition!.message], ['True', null, null]);
  });
});

suite('quality of service and sums', () => {
  const sized = (name: string, limits?: Record<string, string>, requests?: Record<string, string>, more = {}) =>
    container(name, { resources: { ...(limits && { limits }), ...(requests && { requests }) }, ...more });
  const both = { cpu: '1', memory: '1Gi' };
  const rows: [string, Parameters<typeof pod>[0], string][] = [
    ['nothing', {}, 'BestEffort'],
    ['limits only', { containers: [sized('a', both)] }, 'Guaranteed'],
    [
      'equal, written differently',
      { containers: [sized('a', both, { cpu: '1000m', memory: '1024Mi' })] },
      'Guaranteed',
    ],
    ['requests below limits', { containers: [sized('a', both, { cpu: '500m' })] }, 'Burstable'],
    ['memory only', { containers: [sized('a', { memory: '1Gi' })] }, 'Burstable'],
    ['one without', { containers: [sized('a', both), sized('b')] }, 'Burstable'],
    ['an init container without', { containers: [sized('a', both)], initContainers: [sized('i')] }, 'Burstable'],
    ['zero', { containers: [sized('a', { cpu: '0' })] }, 'BestEffort'],
    ['other resources do not count', { containers: [sized('a', { 'example.com/gpu': '1' })] }, 'BestEffort'],
  ];
  for (const [name, spec, wanted] of rows) test(name, () => assert.equal(qosClassOf(pod(spec)), wanted));

  test('init containers count where they need more, sidecars always', () => {
    const cpu = (spec: Parameters<typeof pod>[0]) => podRequests(pod(spec)).get('cpu')?.nano;
    const request = (name: string, amount: string, more = {}) => sized(name, undefined, { cpu: amount }, more);
    const main = [request('a', '1'), request('b', '1')];
    const staying = { restartPolicy: 'Always' };
    assert.equal(cpu({ containers: main }), 2_000_000_000n);
    assert.equal(cpu({ containers: main, initContainers: [request('i', '5')] }), 5_000_000_000n);
    assert.equal(
      cpu({ containers: main, initContainers: [request('s', '1', staying), request('i', '3')] }),
      4_000_000_000n,
    );
    assert.equal(cpu({ containers: main, initContainers: [request('s', '1', staying)] }), 3_000_000_000n);
    assert.equal(cpu({ containers: main, overhead: { cpu: '100m' } }), 2_100_000_000n);
  });
});
