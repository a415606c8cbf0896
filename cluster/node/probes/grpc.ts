/** `grpc.health.v1.Health/Check`, for probes (upstream `pkg/probe/grpc`). */
import * as grpc from '@grpc/grpc-js';
import type { Clock } from '@orrery/machinery/clock';
import type { ProbeOutcome } from './outcome.ts';

/** `HealthCheckRequest{service = 1}`. */
function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service);
  if (name.length === 0) return Buffer.alloc(0);
  if (name.length > 127) throw new Error('the service name of a gRPC probe may have at most 127 bytes');
  return Buffer.concat([Buffer.from([0x0a, name.length]), name]);
}

const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** `HealthCheckResponse{status = 1}`. */
const decodeResponse = (bytes: Buffer): string => statusNames[bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0] ?? 'UNKNOWN';

const method = '/grpc.health.v1.Health/Check';

export function grpcProbe(
  host: string,
  port: number,
  service: string,
  timeout: number,
  clock: Clock,
): Promise<ProbeOutcome> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
    'grpc.primary_user_agent': 'kube-probe/1.34',
  });
  return new Promise<ProbeOutcome>(resolve => {
    const options = { deadline: clock.now() + timeout };
    client.makeUnaryRequest(
      method,
      encodeRequest,
      decodeResponse,
      service,
      new grpc.Metadata(),
      options,
      (error, status) => {
        if (error) resolve({ verdict: 'failure', output: explain(error, address, timeout) });
        else if (status === 'SERVING') resolve({ verdict: 'success', output: 'service healthy' });
        else resolve({ verdict: 'failure', output: `service unhealthy (responded with "${status}")` });
      },
    );
  }).finally(() => client.close());
}

function explain(error: grpc.ServiceError, address: string, timeout: number): string {
  const within = `${timeout / 1000}s`;
  if (error.code === grpc.status.UNIMPLEMENTED) {
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.details}`;
  }
  if (error.code === grpc.status.DEADLINE_EXCEEDED) return `timeout: health rpc did not complete within ${within}`;
  if (error.code === grpc.status.UNAVAILABLE)
    return `error: failed to connect service ${JSON.stringify(address)} within ${within}: ${error.details}`;
  return `error: health rpc probe failed: ${error.details}`;
}
