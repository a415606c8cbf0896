/** Calls to places that a kubeconfig file names: webhooks of authentication, authorization and audit. */
import { connect, loadKubeconfig } from '@orrery/client/node';
import type { Handler } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';

export interface Outbound {
  readonly send: Handler;
  /** Path and query of the URL. */
  readonly path: string;
  close(): void;
}

/** @throws Error in one sentence when the file cannot be used; `option` is what named it */
export async function outboundOf(file: string, option: string, clock: Clock): Promise<Outbound> {
  try {
    // Nothing of the environment: what is called must not depend on who started the server.
    const access = await loadKubeconfig({ path: file, env: {}, clock });
    const url = new URL(access.connect.server);
    const transport = connect({ ...access.connect, server: url.origin, onlyHttp1: true });
    return { send: transport, path: `${url.pathname}${url.search}`, close: () => transport.close() };
  } catch (error) {
    throw new Error(`the file of ${option}, ${file}, is no usable kubeconfig: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
