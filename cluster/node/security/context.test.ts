import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { PodSpec, SecurityContext } from '@orrery/kinds/types';
import { container, pod } from '../pods/fixtures.ts';
import type { ContainerSecurityContext } from '../runtime/types.ts';
import { containerSecurity, sandboxSecurity, sysctlProblem, verifyNonRoot } from './context.ts';

const options = { seccompDirectory: '/data/seccomp' };
const secure = (
  own?: SecurityContext,
  spec: Partial<PodSpec> = {},
  image: { uid?: number; username?: string } = {},
) => {
  const one = container('a', own && { securityContext: own });
  return containerSecurity({ pod: pod({ ...spec, containers: [one] }), container: one, image, options });
};

suite('containers', () => {
  const rows: [string, ContainerSecurityContext, Partial<ContainerSecurityContext>][] = [
    [
      'nothing said',
      secure(),
      {
        privileged: false,
        readonlyRootfs: false,
        noNewPrivileges: false,
        seccomp: { type: 'Unconfined' },
        runAsUser: undefined,
      },
    ],
    ["the image's user by number", secure(undefined, {}, { uid: 1000 }), { runAsUser: 1000, runAsUsername: undefined }],
    [
      "the image's user by name",
      secure(undefined, {}, { username: 'web' }),
      { runAsUser: undefined, runAsUsername: 'web' },
    ],
    [
      "the pod's user over the image's",
      secure(undefined, { securityContext: { runAsUser: 5, runAsGroup: 6 } }, { uid: 1 }),
      { runAsUser: 5, runAsGroup: 6 },
    ],
    [
      "the container's user over the pod's",
      secure({ runAsUser: 7 }, { securityContext: { runAsUser: 5 } }),
      { runAsUser: 7 },
    ],
    ['root by number', secure({ runAsUser: 0 }, {}, { uid: 1000 }), { runAsUser: 0 }],
    [
      'groups',
      secure(undefined, {
        securityContext: { supplementalGroups: [1, 2], fsGroup: 3, supplementalGroupsPolicy: 'Strict' },
      }),
      { supplementalGroups: [1, 2, 3], supplementalGroupsPolicy: 'Strict' },
    ],
    [
      'capabilities',
      secure({ capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } }),
      { capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } },
    ],
    ['no new privileges', secure({ allowPrivilegeEscalation: false }), { noNewPrivileges: true }],
    ['a read-only root', secure({ readOnlyRootFilesystem: true }), { readonlyRootfs: true }],
    [
      'seccomp of the pod',
      secure(undefined, { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }),
      { seccomp: { type: 'RuntimeDefault' } },
    ],
    [
      'seccomp of the container',
      secure({ seccompProfile: { type: 'Localhost', localhostProfile: 'p.json' } }),
      { seccomp: { type: 'Localhost', localhostRef: '/data/seccomp/p.json' } },
    ],
    [
      'privileged means unconfined',
      secure({ privileged: true, seccompProfile: { type: 'RuntimeDefault' } }),
      { privileged: true, seccomp: { type: 'Unconfined' } },
    ],
    ['an unmasked /proc', secure({ procMount: 'Unmasked' }), { maskedPaths: [], readonlyPaths: [] }],
    ['namespaces of its own', secure(), { namespaces: { network: 'pod', ipc: 'pod', pid: 'container' } }],
    [
      "the host's namespaces",
      secure(undefined, { hostNetwork: true, hostPID: true, hostIPC: true }),
      { namespaces: { network: 'node', ipc: 'node', pid: 'node' } },
    ],
    [
      'shared processes',
      secure(undefined, { shareProcessNamespace: true }),
      { namespaces: { network: 'pod', ipc: 'pod', pid: 'pod' } },
    ],
  ];
  for (const [name, given, wanted] of rows) {
    test(name, () => {
      for (const [key, value] of Object.entries(wanted))
        assert.deepEqual(given[key as keyof ContainerSecurityContext], value, key);
    });
  }
  test('/proc is masked otherwise', () => assert.ok(secure().maskedPaths!.includes('/proc/kcore')));
});

suite('sandboxes', () => {
  test('are privileged when a container is', () => {
    assert.equal(sandboxSecurity(pod()).privileged, false);
    assert.equal(
      sandboxSecurity(pod({ initContainers: [container('i', { securityContext: { privileged: true } })] })).privileged,
      true,
    );
  });
  test('have their own seccomp, and a group only with a user', () => {
    assert.deepEqual(sandboxSecurity(pod()).seccomp, { type: 'RuntimeDefault' });
    assert.equal(sandboxSecurity(pod({ securityContext: { runAsGroup: 3 } })).runAsGroup, undefined);
    assert.equal(sandboxSecurity(pod({ securityContext: { runAsUser: 2, runAsGroup: 3 } })).runAsGroup, 3);
  });
});

suite('not root', () => {
  const where = '(pod: "web_shop(u1)", container: a)';
  const rows: [string, SecurityContext, { uid?: number; username?: string }, string | undefined][] = [
    ['not asked for', {}, { uid: 0 }, undefined],
    ['a number', { runAsNonRoot: true, runAsUser: 5 }, { uid: 0 }, undefined],
    ['zero', { runAsNonRoot: true, runAsUser: 0 }, { uid: 5 }, `container's runAsUser breaks non-root policy ${where}`],
    [
      'an image of root',
      { runAsNonRoot: true },
      { uid: 0 },
      `container has runAsNonRoot and image will run as root ${where}`,
    ],
    [
      'an image without user',
      { runAsNonRoot: true },
      {},
      `container has runAsNonRoot and image will run as root ${where}`,
    ],
    ['an image with a number', { runAsNonRoot: true }, { uid: 5 }, undefined],
    [
      'an image with a name',
      { runAsNonRoot: true },
      { username: 'web' },
      `container has runAsNonRoot and image has non-numeric user (web), cannot verify user is non-root ${where}`,
    ],
  ];
  for (const [name, securityContext, image, message] of rows) {
    test(name, () => {
      const verify = () => verifyNonRoot(pod(), container('a', { securityContext }), image);
      if (message) assert.throws(verify, { message });
      else verify();
    });
  }
  test('the pod asks for all its containers', () => {
    assert.throws(
      () => verifyNonRoot(pod({ securityContext: { runAsNonRoot: true } }), container('a'), { uid: 0 }),
      /run as root/,
    );
  });
});

suite('sysctls', () => {
  const problem = (name: string, spec: Partial<PodSpec> = {}, allowed: string[] = []) =>
    sysctlProblem(pod({ ...spec, securityContext: { sysctls: [{ name, value: '1' }] } }), allowed);
  test('safe ones pass', () => assert.equal(problem('net.ipv4.tcp_syncookies'), undefined));
  test('slashes count as dots', () => assert.equal(problem('net/ipv4/tcp_syncookies'), undefined));
  test('others do not', () =>
    assert.equal(problem('kernel.msgmax'), 'forbidden sysctl: "kernel.msgmax" not allowlisted'));
  test('unless allowed here', () => {
    assert.equal(problem('kernel.msgmax', {}, ['kernel.msg*']), undefined);
    assert.equal(problem('kernel.msgmax', {}, ['kernel.msgmax']), undefined);
  });
  test("none of the host's own", () =>
    assert.match(problem('net.ipv4.tcp_syncookies', { hostNetwork: true })!, /not allowed with host net enabled/));
});
