/** The floor: Node.js itself with a TLS server that answers with nothing but the bytes it was given. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { Clock } from '@orrery/machinery/clock';
import { end, firstLine } from './commands.ts';

/** Answers every request with what it was told last; holds a watch open, and writes to all of them whenever something is changed. */
const program = `
const { readFileSync } = require('node:fs');
const { CERTIFICATE, KEY, BODY } = process.env;
let status, body, headers;
function answer(code, bytes) {
  status = code;
  body = Buffer.from(bytes);
  headers = { 'content-type': 'application/json', 'content-length': body.length };
}
answer(200, BODY);
process.on('message', message => {
  answer(message.status, message.body);
  process.send('done');
});
const watchers = new Set();
require('node:http2')
  .createSecureServer({ allowHTTP1: true, cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, (request, response) => {
    if (request.url.includes('watch=')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      watchers.add(response);
      response.on('close', () => watchers.delete(response));
      return;
    }
    request.resume();
    response.writeHead(status, headers);
    response.end(body);
    if (request.method === 'PATCH') for (const watcher of watchers) watcher.write(body);
  })
  .listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

export interface FloorOptions {
  /** Paths of a serving certificate for 127.0.0.1, of its key, and of the authority that signed it. */
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  /** What every request is answered with. */
  readonly body: string;
  readonly clock: Clock;
}

export interface Floor {
  readonly pid: number;
  readonly port: number;
  /** From exec to the first answer. */
  readonly startMs: number;
  /** From now on every request is answered with this. */
  answer(status: number, body: Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

export async function startFloor({ certificate, key, authority, body, clock }: FloorOptions): Promise<Floor> {
  const begun = clock.monotonic();
  const child = spawn(process.execPath, ['--input-type=commonjs', '-e', program], {
    env: { PATH: process.env.PATH, CERTIFICATE: certificate, KEY: key, BODY: body },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const port = Number(await firstLine(child, 'the empty server'));
  await firstAnswer(child, port, readFileSync(authority, 'utf8'));
  return {
    pid: child.pid!,
    port,
    startMs: clock.monotonic() - begun,
    answer: (status, body) => tell(child, { status, body }),
    stop: () => end(child),
  };
}

function tell(child: ChildProcess, message: { status: number; body: Uint8Array }): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve());
    child.send(message, error => error && reject(error));
  });
}

function firstAnswer(child: ChildProcess, port: number, ca: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the empty server ended with ${code}`)));
    request({ host: '127.0.0.1', port, ca, agent: false }, response => {
      response.resume();
      response.on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
}
