import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckedSpec } from './pod.ts';
import { detailText, findings, levelText, policyOf } from './standard.ts';
import type { Level } from './standard.ts';

const latest = Infinity;
const found = (level: Level, spec: object, minor = latest, annotations: Record<string, string> = {}): string =>
  detailText(findings({ metadata: { annotations }, spec: spec as CheckedSpec }, { level, minor }));
const container = (securityContext: object, more: object = {}) => ({ name: 'c', securityContext, ...more });
const one = (securityContext: object, more: object = {}) => ({ containers: [container(securityContext, more)] });

/** A pod that the restricted level takes. */
const good = one({
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
});

test('baseline: what is found', () => {
  const rows: [object, string][] = [
    [one({}), ''],
    [one({ privileged: true }), 'privileged (container "c" must not set securityContext.privileged=true)'],
    [
      {
        containers: [container({ privileged: true })],
        initContainers: [{ name: 'i', securityContext: { privileged: true } }],
      },
      'privileged (containers "i", "c" must not set securityContext.privileged=true)',
    ],
    [
      { ephemeralContainers: [{ name: 'e', securityContext: { privileged: true } }] },
      'privileged (container "e" must not set securityContext.privileged=true)',
    ],
    [{ hostNetwork: true, hostIPC: true }, 'host namespaces (hostNetwork=true, hostIPC=true)'],
    [
      {
        volumes: [
          { name: 'a', hostPath: {} },
          { name: 'b', hostPath: {} },
          { name: 'c', emptyDir: {} },
        ],
      },
      'hostPath volumes (volumes "a", "b")',
    ],
    [
      one({}, { ports: [{ hostPort: 80 }, { hostPort: 443 }, { hostPort: 0 }] }),
      'hostPort (container "c" uses hostPorts 443, 80)',
    ],
    [
      one({}, { livenessProbe: { httpGet: { host: '127.0.0.1' } } }),
      'probe or lifecycle host (container "c" uses probe or lifecycle host "127.0.0.1")',
    ],
    [
      one({ capabilities: { add: ['CHOWN', 'SYS_ADMIN', 'NET_RAW'] } }),
      'non-default capabilities (container "c" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
    [one({ procMount: 'Unmasked' }), 'procMount (container "c" must not set securityContext.procMount to "Unmasked")'],
    [
      {
        ...one({ seccompProfile: { type: 'Unconfined' } }),
        securityContext: { seccompProfile: { type: 'Unconfined' } },
      },
      'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
    ],
    [
      { securityContext: { seLinuxOptions: { role: 'r' } } },
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: role may not be set)',
    ],
    [
      { securityContext: { sysctls: [{ name: 'kernel.msgmax' }, { name: 'net.ipv4.tcp_rmem' }] } },
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      { securityContext: { windowsOptions: { hostProcess: true } } },
      'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
    ],
  ];
  for (const [spec, expected] of rows) {
    assert.equal(found('baseline', spec), expected);
    assert.equal(found('privileged', spec), '');
  }
  const annotation = { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' };
  assert.match(
    found('baseline', one({}), latest, annotation),
    /^forbidden AppArmor profile \(annotation must not set AppArmor profile type to /,
  );
});

test('restricted: what is found besides', () => {
  assert.equal(found('restricted', good), '');
  const change = (context: object, more: object = {}) => ({
    ...one({ ...good.containers[0]!.securityContext, ...context }),
    ...more,
  });
  const rows: [object, string][] = [
    [
      change({ allowPrivilegeEscalation: true }),
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
    ],
    [
      change({ capabilities: { add: ['SYS_ADMIN', 'NET_BIND_SERVICE'] } }),
      'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]; container "c" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
    [
      change(
        {},
        {
          volumes: [
            { name: 'h', hostPath: {} },
            { name: 'n', nfs: {} },
          ],
        },
      ),
      'restricted volume types (volumes "h", "n" use restricted volume types "hostPath", "nfs")',
    ],
    [
      change(
        {},
        {
          volumes: [
            { name: 'a', projected: {} },
            { name: 'b', image: {} },
          ],
        },
      ),
      '',
    ],
    [
      change({ runAsNonRoot: false }),
      'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
    ],
    [
      change({ runAsNonRoot: undefined }),
      'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
    ],
    [change({ runAsNonRoot: undefined }, { securityContext: { runAsNonRoot: true } }), ''],
    [change({ runAsUser: 0 }), 'runAsUser=0 (container "c" must not set runAsUser=0)'],
    [
      change({ seccompProfile: undefined }),
      'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
    [change({ seccompProfile: undefined }, { securityContext: { seccompProfile: { type: 'Localhost' } } }), ''],
    [
      change({ seccompProfile: { type: 'Unconfined' } }),
      'seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
  ];
  for (const [spec, expected] of rows) assert.equal(found('restricted', spec), expected);
  const windows = {
    ...change({ allowPrivilegeEscalation: undefined, capabilities: undefined, seccompProfile: undefined }),
    os: { name: 'windows' },
  };
  assert.equal(found('restricted', windows), '');
});

test('a pinned version judges as that version did', () => {
  const rows: [Level, number, object, boolean][] = [
    ['baseline', 26, { securityContext: { sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports' }] } }, false],
    ['baseline', 27, { securityContext: { sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports' }] } }, true],
    ['baseline', 30, { securityContext: { seLinuxOptions: { type: 'container_engine_t' } } }, false],
    ['baseline', 31, { securityContext: { seLinuxOptions: { type: 'container_engine_t' } } }, true],
    ['baseline', 33, one({}, { readinessProbe: { tcpSocket: { host: 'x' } } }), true],
    ['baseline', 34, one({}, { readinessProbe: { tcpSocket: { host: 'x' } } }), false],
    ['baseline', 18, { securityContext: { seccompProfile: { type: 'Unconfined' } } }, true],
    ['restricted', 22, one({ ...good.containers[0]!.securityContext, runAsUser: 0 }), true],
    ['restricted', 23, one({ ...good.containers[0]!.securityContext, runAsUser: 0 }), false],
    ['restricted', 21, one({ ...good.containers[0]!.securityContext, capabilities: {} }), true],
    ['restricted', 21, one({ ...good.containers[0]!.securityContext, capabilities: { add: ['SYS_ADMIN'] } }), false],
  ];
  for (const [level, minor, spec, allowed] of rows)
    assert.equal(found(level, spec, minor) === '', allowed, `${level} 1.${minor} ${JSON.stringify(spec)}`);
  const annotation = { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' };
  assert.equal(
    found('baseline', {}, 18, annotation),
    'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
  );
});

test('what labels ask for', () => {
  const of = (labels: Record<string, string>) => {
    const prefixed = Object.fromEntries(
      Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]),
    );
    const { policy, errors } = policyOf(prefixed);
    return [
      levelText(policy.enforce),
      levelText(policy.audit),
      levelText(policy.warn),
      errors.map(error => error.message).join(),
    ];
  };
  const free = 'privileged:latest';
  assert.deepEqual(of({}), [free, free, free, '']);
  assert.deepEqual(of({ enforce: 'baseline', 'enforce-version': 'v1.20' }), [
    'baseline:v1.20',
    free,
    'baseline:v1.20',
    '',
  ]);
  assert.deepEqual(of({ enforce: 'baseline', warn: 'privileged' }), ['baseline:latest', free, free, '']);
  assert.deepEqual(of({ enforce: 'privileged', warn: 'restricted', audit: 'baseline' }), [
    free,
    'baseline:latest',
    'restricted:latest',
    '',
  ]);
  const bad = 'Invalid value: "bogus": must be one of privileged, baseline, restricted';
  assert.deepEqual(of({ enforce: 'bogus' }), ['restricted:latest', free, 'restricted:latest', bad]);
  assert.deepEqual(of({ warn: 'bogus', audit: 'bogus' }), [free, free, free, `${bad},${bad}`]);
  assert.deepEqual(
    of({ enforce: 'baseline', 'enforce-version': '1.20' })[3],
    'Invalid value: "1.20": must be "latest" or "v1.x"',
  );
});
