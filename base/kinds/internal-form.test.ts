import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internalDiff, internalForm, unifiedDiff } from './internal-form.ts';

test('a value is shown with Go’s names and every field', () => {
  assert.deepEqual(internalForm('core.v1.ContainerPort', { containerPort: 80, hostIP: '::' }), {
    Name: '',
    HostPort: 0,
    ContainerPort: 80,
    Protocol: '',
    HostIP: '::',
  });
  assert.deepEqual(internalForm('core.v1.ResourceRequirements', { limits: { memory: '1', cpu: '2' } }), {
    Limits: { cpu: '2', memory: '1' },
    Requests: null,
    Claims: null,
  });
});

test('the host’s namespaces are part of a pod’s security context', () => {
  const form = internalForm('core.v1.PodSpec', {
    containers: [],
    hostNetwork: true,
    securityContext: { runAsUser: 1 },
  }) as { SecurityContext: Record<string, unknown> };
  assert.equal(form.SecurityContext['HostNetwork'], true);
  assert.equal(form.SecurityContext['RunAsUser'], 1);
});

test('a difference is shown in hunks with three lines around it', () => {
  const text = (letters: string): string[] => letters.split('');
  const cases: [string, string, string][] = [
    ['abc', 'abc', ''],
    ['abc', 'axc', '@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n'],
    ['abcdefgh', 'abcdefgx', '@@ -5,4 +5,4 @@\n e\n f\n g\n-h\n+x\n'],
    ['abcdefghijklmn', 'Xbcdefghijklmn', '@@ -1,4 +1,4 @@\n-a\n+X\n b\n c\n d\n'],
    [
      'abcdefghijklmn',
      'XbcdefghijklmY',
      '@@ -1,4 +1,4 @@\n-a\n+X\n b\n c\n d\n@@ -11,4 +11,4 @@\n k\n l\n m\n-n\n+Y\n',
    ],
    ['', 'a', '@@ -0,0 +1 @@\n+a\n'],
  ];
  for (const [before, after, expected] of cases)
    assert.equal(unifiedDiff(text(before), text(after)), expected, `${before} ${after}`);
  assert.equal(
    internalDiff('core.v1.ContainerPort', { containerPort: 1 }, { containerPort: 2 }),
    '@@ -1,7 +1,7 @@\n {\n  "Name": "",\n  "HostPort": 0,\n- "ContainerPort": 1,\n+ "ContainerPort": 2,\n  "Protocol": "",\n  "HostIP": ""\n }\n',
  );
});
