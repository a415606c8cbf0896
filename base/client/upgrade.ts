/** Asking a server to switch protocols: the client's side of exec, attach and port-forward. */
import { createDuplexPair, header, type Duplex, type Response } from '@orrery/http';
import type { Random } from '@orrery/machinery/random';
import { StatusError } from '@orrery/machinery/status';
import { errorOf } from './client-error.ts';

export interface UpgradeCall {
  method: string;
  target: string;
  /** Sub-protocols, the preferred one first. */
  protocols: readonly string[];
  /** What the stream speaks afterwards. SPDY has no masking and is understood by every Kubernetes version so far. */
  framing: 'SPDY/3.1' | 'websocket';
  signal?: AbortSignal;
  random: Random;
}

interface Send {
  (call: { method: string; target: string; headers: Record<string, string>; signal?: AbortSignal }): Promise<Response>;
}

/** Resolves with the stream and the sub-protocol the server chose; rejects with a StatusError when it does not switch. */
export async function upgrade(send: Send, call: UpgradeCall): Promise<{ stream: Duplex; protocol: string }> {
  const spdy = call.framing === 'SPDY/3.1';
  const headers: Record<string, string> = {
    connection: 'Upgrade',
    upgrade: call.framing,
    ...(spdy
      ? { 'x-stream-protocol-version': call.protocols.join(', ') }
      : {
          'sec-websocket-version': '13',
          'sec-websocket-key': base64(call.random.bytes(16)),
          'sec-websocket-protocol': call.protocols.join(', '),
        }),
  };
  const response = await send({ method: call.method, target: call.target, headers, signal: call.signal });
  if (response.status !== 101 || !response.upgrade) {
    if (response.status >= 200 && response.status < 300) throw notSwitched(response.status);
    throw await errorOf(response, call.signal);
  }
  const protocol = header(response.headers, spdy ? 'x-stream-protocol-version' : 'sec-websocket-protocol') ?? '';
  // The other side takes its own end, be it a server in this process or the bridge to a socket.
  const [ours, theirs] = createDuplexPair();
  response.upgrade(theirs);
  return { protocol, stream: ours };
}

const notSwitched = (status: number) =>
  new StatusError(status, undefined, `unable to upgrade connection: the server answered with status ${status}`);

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
