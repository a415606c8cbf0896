/** Brings the stored bootstrap objects to what they should be: at every start, and as often as wanted. */
import type { Handler } from '@orrery/http';
import { formatTime } from '@orrery/machinery/clock';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Status } from '@orrery/machinery/status';
import { StatusError } from '@orrery/machinery/status';
import type { Reader } from '../types.ts';
import type { Desired } from './bootstrap-objects.ts';
import type { Change } from './reconcile.ts';
import { leftAlone, reconcileBinding, reconcileFields, reconcileRole } from './reconcile.ts';
import type { Role, RoleBinding } from './rules.ts';

/** The writes that bootstrapping needs; each rejects with a StatusError when refused. */
export interface BootstrapWriter {
  create(path: string, object: KubeObject): Promise<void>;
  update(path: string, object: KubeObject): Promise<void>;
  delete(path: string): Promise<void>;
}

export interface HandlerWriter extends BootstrapWriter {
  /** A merge patch. */
  patch(path: string, patch: object): Promise<void>;
}

export interface BootstrapTarget {
  readonly reads: Reader;
  readonly writer: BootstrapWriter;
  readonly log: Log;
  readonly clock: Pick<Clock, 'now'>;
}

/** A writer over the server's own handler. Its name is what owns the fields it writes. */
export function handlerWriter(handler: Handler, userAgent = 'orrery-bootstrap'): HandlerWriter {
  const send = async (method: string, target: string, object?: object): Promise<void> => {
    const body = new TextEncoder().encode(object ? JSON.stringify(object) : '');
    const headers = {
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      accept: 'application/json',
      'user-agent': userAgent,
    };
    const response = await handler({ method, target, headers, body, signal: new AbortController().signal });
    if (response.status < 300) return;
    const parts =
      response.body instanceof Uint8Array
        ? [response.body]
        : Array.isArray(response.body)
          ? (response.body as Uint8Array[])
          : [];
    const text = Buffer.concat(parts).toString();
    throw StatusError.from(text.startsWith('{') ? (JSON.parse(text) as Status) : { message: text }, response.status);
  };
  return {
    create: (path, object) => send('POST', path, object),
    update: (path, object) => send('PUT', path, object),
    patch: (path, patch) => send('PATCH', path, patch),
    delete: path => send('DELETE', path),
  };
}

/** `/api/v1/namespaces/a/services` and the like. */
export function collectionPath(
  { group, version, resource }: Omit<Desired, 'object'>,
  namespace: string | undefined,
): string {
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  return namespace ? `${root}/namespaces/${namespace}/${resource}` : `${root}/${resource}`;
}

function changeFor({ group, resource, object, createOnly, mandatory }: Desired, stored: KubeObject): Change {
  if (createOnly || (!mandatory && leftAlone(group, stored))) return { type: 'none' };
  if (resource.endsWith('rolebindings'))
    return reconcileBinding(stored as RoleBinding, object as KubeObject as RoleBinding);
  if (resource.endsWith('roles')) return reconcileRole(stored as Role, object as KubeObject as Role);
  return reconcileFields(stored, object, ['spec', 'data']);
}

async function bring(wish: Desired, stored: KubeObject | undefined, writer: BootstrapWriter): Promise<boolean> {
  const path = collectionPath(wish, wish.object.metadata.namespace);
  const one = `${path}/${wish.object.metadata.name}`;
  if (!stored) {
    await writer.create(path, wish.object);
    return true;
  }
  const change = changeFor(wish, stored);
  if (change.type === 'none') return false;
  // Stored objects carry no kind and apiVersion.
  const { kind, apiVersion } = wish.object;
  if (change.type === 'update') await writer.update(one, { ...change.object, kind, apiVersion });
  else {
    await writer.delete(one);
    await writer.create(path, change.object);
  }
  return true;
}

const settled = (error: unknown): boolean =>
  error instanceof StatusError && (error.reason === 'AlreadyExists' || error.reason === 'Conflict');

/** Gives an object its first status. */
async function bringStatus(wish: Desired, reads: Reader, writer: BootstrapWriter, now: string): Promise<void> {
  if (!wish.status) return;
  const { namespace, name } = wish.object.metadata;
  const stored = (await reads.get(wish, namespace ?? '', name!)) as
    (KubeObject & { status?: { conditions?: unknown[] } }) | undefined;
  if (!stored || stored.status?.conditions?.length) return;
  const { kind, apiVersion } = wish.object;
  const object: KubeObject & { status: unknown } = { ...stored, kind, apiVersion, status: wish.status(now) };
  await writer.update(`${collectionPath(wish, namespace)}/${name}/status`, object);
}

/**
 * Creates what is missing and mends what drifted; resolves with how many objects it wrote. Somebody else doing the same at the
 * same time is no error; a resource that is not served (404) is logged and left out.
 * @throws StatusError the first refusal of another kind, after all have been tried.
 */
export async function ensureBootstrap(desired: readonly Desired[], target: BootstrapTarget): Promise<number> {
  const { reads, writer, log, clock } = target;
  const now = formatTime(clock.now());
  let written = 0;
  let failure: unknown;
  const work = async (wish: Desired): Promise<void> => {
    try {
      const { namespace = '', name = '' } = wish.object.metadata;
      if (await bring(wish, await reads.get(wish, namespace, name), writer)) written++;
      await bringStatus(wish, reads, writer, now);
    } catch (error) {
      if (settled(error)) return;
      if (error instanceof StatusError && error.code === 404 && wish.resource !== 'namespaces')
        return log.warn('bootstrap object not written', {
          path: collectionPath(wish, wish.object.metadata.namespace),
          error,
        });
      failure ??= error;
    }
  };
  const first = desired.filter(wish => wish.resource === 'namespaces');
  await Promise.all(first.map(work));
  await Promise.all(desired.filter(wish => wish.resource !== 'namespaces').map(work));
  if (failure) throw failure;
  return written;
}
