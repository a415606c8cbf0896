/** Lifecycle hooks: exec, httpGet, sleep (upstream `pkg/kubelet/lifecycle/handlers.go`). */
import type { Container, LifecycleHandler } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import { httpGet, urlOf } from '../probes/http.ts';
import type { Runtime } from '../runtime/types.ts';

export interface HookRequest {
  handler: LifecycleHandler;
  containerId: string;
  container: Pick<Container, 'ports'>;
  podIp: string;
  /** Seconds until the hook is given up; 0: no limit. */
  limitSeconds: number;
  signal: AbortSignal;
}

const httpTimeoutMs = 30_000;

/** Resolves when the hook has succeeded; rejects with why it did not. */
export async function runHook(runtime: Runtime, clock: Clock, request: HookRequest): Promise<void> {
  const { handler, containerId, container, podIp, limitSeconds, signal } = request;
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, limitSeconds);
    if (exitCode === 0) return;
    const output = Buffer.concat([stdout, stderr]).toString('utf8');
    throw new Error(`command '${command.join(' ')}' exited with ${exitCode}: ${output}`);
  }
  if (handler.httpGet) {
    const timeout = limitSeconds > 0 ? limitSeconds * 1000 : httpTimeoutMs;
    const url = urlOf(handler.httpGet, container, podIp);
    await httpGet(url, handler.httpGet.httpHeaders ?? [], timeout, clock, 'kube-lifecycle/1.34');
    return;
  }
  if (handler.sleep) {
    await clock.sleep(handler.sleep.seconds * 1000, signal);
    return;
  }
  throw new Error('invalid handler: it has neither exec nor httpGet nor sleep');
}
