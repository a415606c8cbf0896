/** Shells in containers, on nodes and with kubectl, from the browser; their recordings; files of containers. */
import { acceptWebSocket, asksWebSocket, type WebSocketConnection } from '@orrery/http/node';
import { header, type Request } from '@orrery/http';
import { StatusError, badRequest } from '@orrery/machinery/status';
import { terminalLimits, type Grant } from '@orrery/platform-contract';
import { terminal as routes } from '@orrery/platform-contract/features';
import type { Secret } from '../identity/secrets.ts';
import { resources } from '@orrery/client/resources';
import type { PlatformContext } from '../context.ts';
import { RawAnswer, handlersFor, liveFor, type Feature } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { filesIn } from './files/form.ts';
import { download, uploadFiles, uploadPiece, type Place } from './files/transfer.ts';
import { shellsFor } from './frames.ts';
import { sweepPods } from './helpers.ts';
import { openKubectl, openNode, type Opened } from './open.ts';
import { readTerminalOptions, type TerminalOptions } from './options.ts';
import { keepRecordings } from './recording/keeper.ts';
import type { Subject } from './recording/record.ts';
import { startRecorder } from './recording/recorder.ts';
import { createReplay } from './recording/replay.ts';
import { createStore, headFilter } from './recording/store.ts';
import { endWithRight } from './rights.ts';
import { say, serveTerminal } from './session.ts';

const manifest = {
  name: 'terminal',
  summary: 'Shells in containers and on nodes, their recordings, files',
  routes,
  kinds: [],
  menus: [
    { path: '/recordings', title: 'menu.recordings', scope: 'platform', route: 'terminal.recordings' },
    { path: '/kubectl', title: 'menu.kubectl', scope: 'platform', route: 'terminal.recordings' },
  ],
  needs: [],
} as const;

export const terminal: Feature = {
  manifest,
  start(context) {
    const { clock, random, log } = context;
    const store = createStore(context.client, context.informers.of<Secret>(resources.secrets, headFilter));
    const options = (): TerminalOptions => readTerminalOptions(context.config.section('terminal'));
    const replay = createReplay(context, store);
    const open = async (
      request: Request,
      caller: Caller,
      subject: Subject,
      opening: () => Promise<Opened>,
      end: RightOf,
    ) => {
      if (!asksWebSocket(request)) throw badRequest('this is a WebSocket');
      const { isRecorded, recordingBytesMax } = options();
      const opened = await opening();
      const recorder = isRecorded
        ? await startRecorder({
            store,
            clock,
            random,
            subject: { ...subject, ...opened.subject },
            bytesMax: recordingBytesMax,
          }).catch(async (error: unknown) => {
            await opened.release();
            throw new StatusError(
              503,
              'ServiceUnavailable',
              `the terminal cannot be recorded: ${(error as Error).message}`,
            );
          })
        : undefined;
      const told = { kind: 'terminal', caller, request, subject: { ...subject, ...opened.subject } } as const;
      let reason = 'the browser left';
      const take = (socket: WebSocketConnection) => {
        context.happenings.tell({ ...told, state: 'opened' });
        endWithRight(socket, context, caller, end, why => (reason = why));
        const shellEnded = () => void (reason = 'the shell ended');
        socket.onClose(() => void finish());
        opened.ready(socket).then(
          () => {
            if (!socket.closed) serveTerminal(socket, { ...opened, clock, shellEnded, ...(recorder && { recorder }) });
          },
          (error: unknown) => say(socket, (error as Error).message),
        );
      };
      const finish = async () => {
        await opened.release();
        const record = await recorder?.end(reason);
        const { id, hash, bytes } = record ?? {};
        context.happenings.tell({ ...told, state: 'closed', reason, ...(record && { recording: record }) });
        log.info('a terminal ended', { ...subject, ...opened.subject, reason, recording: id, hash, bytes });
      };
      return new RawAnswer(acceptWebSocket(request, [], take, { maxMessageBytes: terminalLimits.frameBytesMax }));
    };
    return {
      handlers: handlersFor(routes, {
        exec: ({ request, caller, path, query }) => {
          const { namespace, pod } = path;
          const { container } = query;
          const shells = readShells(query.shell).map(shell => [shell]);
          const place = { namespace, pod, ...(container && { container }) };
          const opening = async (): Promise<Opened> => ({
            client: context.clientOf(caller),
            container: place,
            shells,
            ready: async () => {},
            release: async () => {},
          });
          const subject: Subject = { user: caller.name, kind: 'pod', ...place };
          return open(request, caller, subject, opening, { grant: routes.exec.permission as Grant, path });
        },
        node: ({ request, caller, path }) => {
          const subject: Subject = { user: caller.name, kind: 'node', node: path.node };
          const opening = () => openNode(context, caller, path.node, options());
          return open(request, caller, subject, opening, { grant: routes.node.permission as Grant, path });
        },
        kubectl: ({ request, caller, path }) => {
          if (path.user !== caller.name)
            throw new StatusError(
              403,
              'Forbidden',
              'a kubectl terminal is for oneself: nobody gets the rights of others',
            );
          const subject: Subject = { user: caller.name, kind: 'kubectl' };
          return open(request, caller, subject, () => openKubectl(context, caller, request, options()), undefined);
        },
        downloadFile: async ({ request, caller, path, query }) => {
          const place: Place = { ...path, path: query.path, ...(query.container && { container: query.container }) };
          const raw = query.raw === 'true';
          const { downloadBytesMax: bytesMax } = options();
          const { signal } = request;
          return new RawAnswer(await download(context.clientOf(caller), clock, place, { raw, bytesMax, signal }));
        },
        uploadFile: async ({ request, caller, path, query }) => {
          const place: Place = { ...path, path: query.path, ...(query.container && { container: query.container }) };
          await takeIn(context, caller, request, place, query.offset, options().uploadBytesMax);
          return { message: 'success' };
        },
        recordings: ({ caller, query, search }) => replay.list(caller, query, search),
        recording: ({ caller, path }) => replay.get(caller, path.recording),
        cast: async ({ caller, path }) => new RawAnswer(await replay.cast(caller, path.recording)),
        deleteRecording: async ({ path }) => {
          await replay.remove(path.recording);
          return { message: 'success' };
        },
      }),
      live: liveFor(routes, { recordings: () => [{ resource: resources.secrets, filter: headFilter }] }),
      controllers: [
        keepRecordings(context, store, () => {
          const { recordingsKeptMs: keptMs, recordingsBytesMax: bytesMax } = options();
          return { keptMs, bytesMax };
        }),
        sweepPods(context),
      ],
    };
  },
};

export type RightOf = { readonly grant: Grant; readonly path: Readonly<Record<string, string>> } | undefined;

async function takeIn(
  context: PlatformContext,
  caller: Caller,
  { headers, body, signal }: Request,
  place: Place,
  offset: number | undefined,
  bytesMax: number,
): Promise<void> {
  const { clock } = context;
  const client = context.clientOf(caller);
  const type = header(headers, 'content-type') ?? '';
  if (/^multipart\/form-data\b/i.test(type)) {
    if (body.length > bytesMax)
      throw new StatusError(413, 'RequestEntityTooLarge', `files of at most ${bytesMax} bytes are taken in`);
    return uploadFiles(client, clock, place, filesIn(type, body), signal);
  }
  if (!/^application\/octet-stream\b/i.test(type))
    throw new StatusError(
      415,
      'UnsupportedMediaType',
      'the body must be multipart/form-data or application/octet-stream',
    );
  return uploadPiece(client, clock, place, { offset: offset ?? 0, bytes: body, bytesMax, signal });
}

function readShells(asked: string | undefined): readonly string[] {
  try {
    return shellsFor(asked);
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}
