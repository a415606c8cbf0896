import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authFor } from './auth.ts';

test('credentials go to the registry of the image and to no other', () => {
  const hub = 'https://registry-1.docker.io';
  const cases: [image: string, serverAddress: string | undefined, expected: string | undefined][] = [
    ['busybox', undefined, hub],
    ['busybox', 'docker.io', hub],
    ['busybox', 'https://index.docker.io/v1/', hub],
    ['docker.io/team/app:1', 'registry-1.docker.io', hub],
    ['registry:5000/a:1', 'registry:5000', 'https://registry:5000'],
    ['registry:5000/a:1', 'http://registry:5000/v2/', 'https://registry:5000'],
    ['registry:5000/a:1', 'registry', undefined],
    ['registry:5000/a:1', 'registry:5001', undefined],
    ['eu.registry.example/a', '*.registry.example', 'https://eu.registry.example'],
    ['eu.registry.example/a', 'e*.registry.example/a', 'https://eu.registry.example'],
    ['a.eu.registry.example/a', '*.registry.example', undefined],
    ['registry.example/a', 'registryxexample', undefined],
    ['evil.example/a', 'https://index.docker.io/v1/', undefined],
  ];
  for (const [image, serverAddress, expected] of cases) {
    assert.equal(
      authFor(image, { username: 'u', serverAddress })?.serverAddress,
      expected,
      `${image} ${serverAddress}`,
    );
  }
  assert.equal(authFor('busybox', undefined), undefined);
  assert.equal(authFor('busybox', { username: 'u', password: 'p' })?.password, 'p');
});
