/** Runs one probe once. */
import net from 'node:net';
import type { Container, Probe } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import { isRuntimeError, type Runtime } from '../runtime/types.ts';
import { dialError, httpGet, portNumber, urlOf } from './http.ts';
import type { ProbeOutcome } from './outcome.ts';
import { timeoutMs } from './state.ts';

export interface ProbeTarget {
  containerId: string;
  container: Container;
  podIp: string;
}

export type Prober = (probe: Probe, target: ProbeTarget) => Promise<ProbeOutcome>;

const maxOutput = 10 * 1024;

/** The prober of a real node. Outcome `unknown` means that the probe itself could not be made. */
export function createProber(runtime: Runtime, clock: Clock): Prober {
  return async (probe, target) => {
    try {
      if (probe.exec) return await execProbe(runtime, probe, target);
      if (probe.httpGet) return await httpProbe(probe, target, clock);
      if (probe.tcpSocket) return await tcpProbe(probe, target, clock);
      if (probe.grpc) {
        const { grpcProbe } = await import('./grpc.ts');
        return await grpcProbe(target.podIp, probe.grpc.port, probe.grpc.service ?? '', timeoutMs(probe), clock);
      }
      return { verdict: 'unknown', output: 'missing probe handler' };
    } catch (error) {
      return { verdict: 'unknown', output: (error as Error).message };
    }
  };
}

async function execProbe(runtime: Runtime, probe: Probe, { containerId }: ProbeTarget): Promise<ProbeOutcome> {
  const command = probe.exec?.command ?? [];
  const seconds = timeoutMs(probe) / 1000;
  try {
    const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, seconds);
    const output = Buffer.concat([stdout, stderr]).subarray(0, maxOutput).toString('utf8');
    return { verdict: exitCode === 0 ? 'success' : 'failure', output };
  } catch (error) {
    if (!isRuntimeError(error, 'deadlineExceeded')) throw error;
    return {
      verdict: 'failure',
      output: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${seconds}s`,
    };
  }
}

const maxRedirects = 10;

async function httpProbe(probe: Probe, { container, podIp }: ProbeTarget, clock: Clock): Promise<ProbeOutcome> {
  const action = probe.httpGet!;
  const first = urlOf(action, container, podIp);
  let url = first;
  for (let hops = 0; ; hops++) {
    const answer = await httpGet(url, action.httpHeaders ?? [], timeoutMs(probe), clock).catch((error: Error) => error);
    if (answer instanceof Error) return { verdict: 'failure', output: answer.message };
    const { status, body, location } = answer;
    if (status < 200 || status >= 400)
      return { verdict: 'failure', output: `HTTP probe failed with statuscode: ${status}` };
    if (status < 300 || !location) return { verdict: 'success', output: body };
    const next = new URL(location, url);
    if (next.hostname !== first.hostname)
      return { verdict: 'success', output: `Probe terminated redirects, Response body: ${body}`, warning: true };
    if (hops === maxRedirects)
      return {
        verdict: 'failure',
        output: `Get ${JSON.stringify(next.href)}: stopped after ${maxRedirects} redirects`,
      };
    url = next;
  }
}

function tcpProbe(probe: Probe, { container, podIp }: ProbeTarget, clock: Clock): Promise<ProbeOutcome> {
  const host = probe.tcpSocket!.host || podIp;
  const port = portNumber(probe.tcpSocket!.port, container);
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise(resolve => {
    const socket = net.connect({ host, port });
    const finish = (outcome: ProbeOutcome) => {
      alarm.cancel();
      socket.destroy();
      resolve(outcome);
    };
    const alarm = clock.after(timeoutMs(probe), () =>
      finish({ verdict: 'failure', output: `dial tcp ${address}: i/o timeout` }),
    );
    socket.on('connect', () => finish({ verdict: 'success', output: '' }));
    socket.on('error', error => finish({ verdict: 'failure', output: dialError(error, address) }));
  });
}
