/** The thin rim around gRPC on a unix socket: calls described by tables, failures as {@link RuntimeError}. */
import { Client, credentials, Metadata, status, type CallOptions, type ServiceError } from '@grpc/grpc-js';
import type { Clock } from '@orrery/machinery/clock';
import { decode, encode, type Message } from '@orrery/machinery/protobuf';
import { RuntimeError, type RuntimeErrorCode } from './types.ts';

/** One remote procedure: its path on the wire and the tables of its two messages. */
export interface Procedure<Request, Response> {
  readonly path: string;
  readonly request: Message<Request>;
  readonly response: Message<Response>;
}

export const procedure = <Request, Response>(
  path: string,
  request: Message<Request>,
  response: Message<Response>,
): Procedure<Request, Response> => ({ path, request, response });

export interface CallSettings {
  /** Headers, e.g. `containerd-namespace`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives up after this long with `deadlineExceeded`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A stream in both directions: requests are sent one by one, each answered in order. */
export interface Exchange<Request, Response> {
  ask(request: Request): Promise<Response>;
  close(): void;
}

export interface GrpcConnection {
  call<Request, Response>(
    procedure: Procedure<Request, Response>,
    request: NoInfer<Request>,
    settings?: CallSettings,
  ): Promise<Response>;
  /** Ends when the server ends the stream, or silently when the signal aborts; throws when the stream fails. */
  stream<Request, Response>(
    procedure: Procedure<Request, Response>,
    request: NoInfer<Request>,
    settings?: CallSettings,
  ): AsyncGenerator<Response>;
  exchange<Request, Response>(
    procedure: Procedure<Request, Response>,
    settings?: CallSettings,
  ): Exchange<Request, Response>;
  close(): void;
}

/** Images of a node and verbose answers are larger than the library's default of 4 MiB; the kubelet's own bound is 16 MiB. */
const largestMessage = 16 * 1024 * 1024;

/** A connection to a server on a unix socket. Connects lazily and again after a loss. */
export function connectGrpc(socket: string, clock: Pick<Clock, 'now'>): GrpcConnection {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': largestMessage,
    'grpc.max_send_message_length': largestMessage,
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 2000,
    // Each runtime has a connection of its own: closing one must not touch another to the same socket.
    'grpc.use_local_subchannel_pool': 1,
  });
  const options = (settings: CallSettings): CallOptions =>
    settings.timeoutMs === undefined ? {} : { deadline: clock.now() + settings.timeoutMs };
  return {
    call: (procedure, request, settings = {}) =>
      new Promise((resolve, reject) => {
        if (settings.signal?.aborted) return reject(new RuntimeError('cancelled', 'the call was cancelled'));
        const cancel = () => call.cancel();
        const call = client.makeUnaryRequest(
          procedure.path,
          value => Buffer.from(encode(procedure.request, value)),
          bytes => decode(procedure.response, bytes),
          request,
          metadataOf(settings),
          options(settings),
          (error, response) => {
            settings.signal?.removeEventListener('abort', cancel);
            if (error) reject(toRuntimeError(error));
            else resolve(response!);
          },
        );
        settings.signal?.addEventListener('abort', cancel, { once: true });
      }),
    stream: (procedure, request, settings = {}) => readStream(client, procedure, request, settings, options(settings)),
    exchange: (procedure, settings = {}) => openExchange(client, procedure, settings, options(settings)),
    close: () => client.close(),
  };
}

function metadataOf(settings: CallSettings): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(settings.headers ?? {})) metadata.set(name, value);
  return metadata;
}

async function* readStream<Request, Response>(
  client: Client,
  procedure: Procedure<Request, Response>,
  request: Request,
  settings: CallSettings,
  options: CallOptions,
): AsyncGenerator<Response> {
  if (settings.signal?.aborted) return;
  const call = client.makeServerStreamRequest(
    procedure.path,
    (value: Request) => Buffer.from(encode(procedure.request, value)),
    bytes => decode(procedure.response, bytes),
    request,
    metadataOf(settings),
    options,
  );
  const cancel = () => call.cancel();
  settings.signal?.addEventListener('abort', cancel, { once: true });
  try {
    for await (const response of call) yield response as Response;
  } catch (error) {
    if (!settings.signal?.aborted) throw toRuntimeError(error);
  } finally {
    settings.signal?.removeEventListener('abort', cancel);
    call.cancel();
  }
}

function openExchange<Request, Response>(
  client: Client,
  procedure: Procedure<Request, Response>,
  settings: CallSettings,
  options: CallOptions,
): Exchange<Request, Response> {
  const call = client.makeBidiStreamRequest<Request, Response>(
    procedure.path,
    value => Buffer.from(encode(procedure.request, value)),
    bytes => decode(procedure.response, bytes),
    metadataOf(settings),
    options,
  );
  const answers = call[Symbol.asyncIterator]() as AsyncIterator<Response>;
  return {
    async ask(request) {
      call.write(request);
      try {
        const answer = await answers.next();
        if (answer.done) throw new RuntimeError('unavailable', `${procedure.path} ended without an answer`);
        return answer.value;
      } catch (error) {
        throw toRuntimeError(error);
      }
    },
    close() {
      // Cancelling makes the call emit an error that nobody waits for any more.
      call.on('error', () => {});
      call.end();
      call.cancel();
    },
  };
}

const codeNames: Readonly<Record<number, RuntimeErrorCode>> = {
  [status.NOT_FOUND]: 'notFound',
  [status.ALREADY_EXISTS]: 'alreadyExists',
  [status.INVALID_ARGUMENT]: 'invalidArgument',
  [status.FAILED_PRECONDITION]: 'failedPrecondition',
  [status.DEADLINE_EXCEEDED]: 'deadlineExceeded',
  [status.UNIMPLEMENTED]: 'unimplemented',
  [status.UNAVAILABLE]: 'unavailable',
  [status.CANCELLED]: 'cancelled',
  [status.PERMISSION_DENIED]: 'permissionDenied',
  [status.RESOURCE_EXHAUSTED]: 'resourceExhausted',
};

/** Any failure of a call as a {@link RuntimeError} with the server's own sentence. */
export function toRuntimeError(error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const { code, details, message } = error as Partial<ServiceError>;
  const name = typeof code === 'number' ? codeNames[code] : undefined;
  return new RuntimeError(name ?? 'unknown', details || message || String(error), { cause: error });
}
