import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { systemClock } from '@orrery/machinery/clock';
import { decode, encode } from '@orrery/machinery/protobuf';
import { eventBodies } from '../containerd/services.data.ts';
import { collect, failsWith } from '../conformance.ts';
import { agrees, parseEvent } from './events.ts';
import { runtimeService } from './messages.data.ts';
import { connectCri } from './runtime.ts';

test('events of containerd in the words of the seam', () => {
  const id = 'c1';
  const cases: [keyof typeof eventBodies, object, object | undefined][] = [
    ['/containers/create', { id }, { type: 'created', containerId: id, at: 5 }],
    ['/containers/delete', { id }, { type: 'deleted', containerId: id, at: 5 }],
    ['/tasks/start', { containerId: id }, { type: 'started', containerId: id, at: 5 }],
    ['/tasks/oom', { containerId: id }, { type: 'oom', containerId: id, at: 5 }],
    [
      '/tasks/exit',
      { containerId: id, id, exitStatus: 137 },
      { type: 'stopped', containerId: id, exitCode: 137, at: 5 },
    ],
    ['/tasks/exit', { containerId: id, id: 'an-exec', exitStatus: 1 }, undefined],
  ];
  for (const [topic, body, expected] of cases) {
    assert.deepEqual(parseEvent(topic, encode<object>(eventBodies[topic], body), 5), expected, topic);
  }
  assert.equal(parseEvent('/images/create', new Uint8Array(), 5), undefined);
});

test('an event is told when CRI agrees with it', () => {
  const known = (state: 'created' | 'running' | 'exited') => ({ podSandboxId: 's', state });
  const cases: [Parameters<typeof agrees>[0], Parameters<typeof agrees>[1], boolean][] = [
    ['created', undefined, false],
    ['created', known('created'), true],
    ['started', known('created'), false],
    ['started', known('running'), true],
    ['started', known('exited'), true],
    ['stopped', known('running'), false],
    ['stopped', known('exited'), true],
    ['stopped', undefined, true],
    ['deleted', known('exited'), false],
    ['deleted', undefined, true],
    ['oom', known('running'), true],
  ];
  for (const [type, state, expected] of cases) assert.equal(agrees(type, state), expected, `${type} ${state?.state}`);
});

/** A runtime of another make: it answers Version and GetContainerEvents as the tables of CRI say. */
let directory: string;
let socket: string;
let server: Server;
let end: (stream: ServerWritableStream<unknown, unknown>) => void = () => {};
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orrery-events-'));
  socket = join(directory, 's');
  server = new Server();
  const { version, getContainerEvents } = runtimeService;
  const part = (procedure: typeof version | typeof getContainerEvents, responseStream: boolean) => ({
    path: procedure.path,
    requestStream: false,
    responseStream,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => decode<unknown>(procedure.request, bytes),
    responseSerialize: (value: object) => Buffer.from(encode<object>(procedure.response, value)),
    responseDeserialize: () => ({}),
  });
  server.addService(
    { version: part(version, false), events: part(getContainerEvents, true) },
    {
      version: (_: unknown, answer: (error: null, value: object) => void) => answer(null, { runtimeName: 'other' }),
      events(stream: ServerWritableStream<unknown, unknown>) {
        const podSandboxStatus = { id: 's' };
        stream.write({ containerId: 'c', type: 'created', createdAt: 7e6, podSandboxStatus });
        stream.write({
          containerId: 'c',
          type: 'stopped',
          createdAt: 8e6,
          podSandboxStatus,
          containersStatuses: [
            { id: 'b', exitCode: 1 },
            { id: 'c', exitCode: 3 },
          ],
        });
        end(stream);
      },
    },
  );
  await new Promise<void>((resolve, reject) => {
    const bound = (error: Error | null) => (error ? reject(error) : resolve());
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), bound);
  });
});
after(async () => {
  server.forceShutdown();
  await rm(directory, { recursive: true });
});

test('other runtimes than containerd are asked for the events of CRI', async () => {
  const runtime = connectCri({ socket, clock: systemClock });
  const { done, stop } = collect(runtime, events => events.length === 2);
  assert.deepEqual(await done, [
    { type: 'created', containerId: 'c', podSandboxId: 's', at: 7 },
    { type: 'stopped', containerId: 'c', podSandboxId: 's', exitCode: 3, at: 8 },
  ]);
  stop();
  await runtime.close();
});

test('a stream of events that ends by itself is an error: the kubelet must list anew', async () => {
  const runtime = connectCri({ socket, clock: systemClock });
  end = stream => stream.end();
  await assert.rejects(collect(runtime, () => false).done, failsWith('unavailable'));
  end = stream => void stream.emit('error', { code: 14, details: 'gone' });
  await assert.rejects(collect(runtime, () => false).done, failsWith('unavailable'));
  await runtime.close();
});

test('a runtime that is not there is unavailable', async () => {
  const runtime = connectCri({ socket: join(directory, 'none'), clock: systemClock });
  await assert.rejects(runtime.version(), failsWith('unavailable'));
  await runtime.close();
});
