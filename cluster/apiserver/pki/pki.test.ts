import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';
import { silentLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { componentCertificates, servingCertificate } from './certificates.ts';
import { PkiError, ensurePki } from './ensure.ts';
import { certificateFacts, subjectValues } from './facts.ts';
import { kubeconfig } from './kubeconfig.ts';
import { dueAt, renewal } from './renewal.ts';
import type { CertificateFacts } from './renewal.ts';

const directories: string[] = [];
after(() => Promise.all(directories.map(directory => rm(directory, { recursive: true }))));
async function fresh(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'orrery-pki-'));
  directories.push(directory);
  return directory;
}

const serving = { serviceAddresses: ['10.96.0.1'], names: ['host-a', '192.0.2.7', 'fd00::7'] };
const optionsOf = (directory: string, clock = createManualClock()) => ({
  directory,
  serving,
  clock,
  random: systemRandom,
  log: silentLog,
});

test('when a certificate is made again', () => {
  const wish = servingCertificate(serving);
  const good: CertificateFacts = {
    commonName: wish.commonName,
    organizations: [],
    dnsNames: wish.dnsNames.toReversed(),
    addresses: wish.addresses.map(address => (address === '::1' ? '0:0:0:0:0:0:0:1' : address)),
    notBefore: 0,
    notAfter: 400,
    trusted: true,
    keyMatches: true,
  };
  assert.equal(dueAt(good), 300);
  const rows: [Partial<CertificateFacts>, number, string | undefined][] = [
    [{}, 299, undefined],
    [{}, 300, 'it is about to expire'],
    [{}, 400, 'it has expired'],
    [{ keyMatches: false }, 0, 'its key does not belong to it'],
    [{ trusted: false }, 0, 'another authority signed it'],
    [{ commonName: 'x' }, 0, 'its subject changed'],
    [{ organizations: ['x'] }, 0, 'its subject changed'],
    [{ dnsNames: ['localhost'] }, 0, 'its names changed'],
    [{ addresses: [...wish.addresses, '192.0.2.8'] }, 0, 'its names changed'],
  ];
  for (const [change, now, why] of rows) assert.equal(renewal({ ...good, ...change }, wish, now), why);
});

test('the serving certificate names every way to reach the API', () => {
  const { dnsNames, addresses } = servingCertificate(serving);
  assert.deepEqual(dnsNames, [
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    'host-a',
  ]);
  assert.deepEqual(addresses, ['127.0.0.1', '::1', '10.96.0.1', '192.0.2.7', 'fd00::7']);
});

test('a first start makes everything, a second start changes nothing', async () => {
  const directory = await fresh();
  const first = await ensurePki(optionsOf(directory));
  const node = await first.node('n1', ['192.0.2.7']);
  await first.certificate(componentCertificates.scheduler);
  for (const file of await readdir(directory))
    assert.equal((await stat(join(directory, file))).mode & 0o777, 0o600, file);
  assert.equal((await stat(directory)).mode & 0o777, 0o700);

  const authority = new X509Certificate(first.authority);
  assert.ok(authority.ca);
  assert.equal(Math.round((authority.validToDate.getTime() - authority.validFromDate.getTime()) / 86_400_000), 3650);
  const leaf = new X509Certificate(first.serving.certificate);
  assert.equal(Math.round((leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / 86_400_000), 365);
  const client = new X509Certificate(node.client.certificate);
  assert.deepEqual(
    [subjectValues(client.subject, 'CN'), subjectValues(client.subject, 'O')],
    [['system:node:n1'], ['system:nodes']],
  );
  assert.equal(createPrivateKey(first.serviceAccountKey).asymmetricKeyType, 'rsa');

  const before = new Map(
    await Promise.all(
      (await readdir(directory)).map(async file => [file, await readFile(join(directory, file), 'utf8')] as const),
    ),
  );
  const second = await ensurePki(optionsOf(directory));
  assert.deepEqual(second.serving, first.serving);
  assert.deepEqual((await second.node('n1', ['192.0.2.7'])).serving, node.serving);
  for (const [file, text] of before) assert.equal(await readFile(join(directory, file), 'utf8'), text, file);
});

test('new names and old age renew the leaf and keep the authority', async () => {
  const directory = await fresh();
  const clock = createManualClock();
  const first = await ensurePki(optionsOf(directory, clock));
  const renamed = await ensurePki({ ...optionsOf(directory, clock), serving: { ...serving, names: ['host-b'] } });
  assert.notEqual(renamed.serving.certificate, first.serving.certificate);
  assert.equal(renamed.authority, first.authority);
  assert.deepEqual(renamed.admin, first.admin);
  clock.jump(renamed.renewAtMs - clock.now());
  const renewed = await ensurePki({ ...optionsOf(directory, clock), serving: { ...serving, names: ['host-b'] } });
  assert.notEqual(renewed.admin.certificate, first.admin.certificate);
  assert.ok(renewed.renewAtMs > clock.now());
  assert.equal(renewed.authority, first.authority);
});

test('half an authority is refused with the remedy and left as it is; a broken leaf is made again', async () => {
  const directory = await fresh();
  await ensurePki(optionsOf(directory));
  await writeFile(join(directory, 'apiserver.key'), 'garbage');
  const mended = await ensurePki(optionsOf(directory));
  assert.ok(certificateFacts(mended.serving.certificate, mended.serving.key, mended.authority)?.keyMatches);
  await rm(join(directory, 'ca.key'));
  const kept = await readFile(join(directory, 'ca.crt'), 'utf8');
  await assert.rejects(
    ensurePki(optionsOf(directory)),
    (error: Error) => error instanceof PkiError && /restore both from a backup/.test(error.message),
  );
  assert.equal(await readFile(join(directory, 'ca.crt'), 'utf8'), kept);
});

test('a TLS server and client of this authority trust each other', async () => {
  const directory = await fresh();
  const pki = await ensurePki(optionsOf(directory, createManualClock(Date.now())));
  const seen = Promise.withResolvers<string>();
  const server = createServer(
    {
      cert: pki.serving.certificate,
      key: pki.serving.key,
      ca: pki.authority,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket: TLSSocket) => {
      const { subject } = socket.getPeerCertificate();
      seen.resolve(`${subject.CN} ${subject.O}`);
      socket.end();
    },
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'kubernetes.default.svc',
    ca: pki.authority,
    cert: pki.admin.certificate,
    key: pki.admin.key,
  });
  socket.resume();
  assert.equal(await seen.promise, 'kubernetes-admin system:masters');
  assert.ok(socket.authorized);
  socket.destroy();
  await new Promise(resolve => server.close(resolve));
});

test('a serving certificate is no client certificate', async () => {
  const directory = await fresh();
  const pki = await ensurePki(optionsOf(directory, createManualClock(Date.now())));
  const node = await pki.node('n1', ['127.0.0.1']);
  const seen = Promise.withResolvers<boolean>();
  const identity = { cert: pki.serving.certificate, key: pki.serving.key, ca: pki.authority };
  const server = createServer({ ...identity, requestCert: true, rejectUnauthorized: false }, (socket: TLSSocket) => {
    seen.resolve(socket.authorized);
    socket.end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'kubernetes',
    ca: pki.authority,
    cert: node.serving.certificate,
    key: node.serving.key,
  });
  socket.resume();
  assert.equal(await seen.promise, false);
  socket.destroy();
  await new Promise(resolve => server.close(resolve));
});

test('a kubeconfig is YAML that says what it should', () => {
  const credentials = { certificate: 'CERT', key: 'KEY' };
  const text = kubeconfig({
    server: 'https://127.0.0.1:6443',
    authority: 'CA',
    credentials,
    cluster: 'a: "b"',
    namespace: 'ns',
  });
  const config = parse(text) as {
    clusters: { name: string; cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
    contexts: { context: Record<string, string> }[];
    'current-context': string;
  };
  assert.equal(config.clusters[0]!.name, 'a: "b"');
  assert.equal(config['current-context'], 'a: "b"');
  assert.equal(Buffer.from(config.clusters[0]!.cluster['certificate-authority-data']!, 'base64').toString(), 'CA');
  assert.equal(Buffer.from(config.users[0]!.user['client-key-data']!, 'base64').toString(), 'KEY');
  assert.equal(config.contexts[0]!.context.namespace, 'ns');
  const token = parse(kubeconfig({ server: 's', authority: 'CA', credentials: { token: 't' } })) as typeof config;
  assert.equal(token.users[0]!.user.token, 't');
});
