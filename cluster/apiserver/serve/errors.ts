/** Answers that belong to no resource in particular, in upstream's words. */
import type { Response } from '@orrery/http';
import { textAnswer } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';

/** A path below an API group that names nothing. */
export const unknownResource = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});

/** A path that nobody knows. */
export const pageNotFound = (): Response =>
  textAnswer(404, '404 page not found\n', { 'x-content-type-options': 'nosniff' });

/** Upstream's router knows the built-in groups; of others nobody knows what nobody serves. @throws StatusError 404 */
export function absent(resources: { isBuiltIn(group: string): boolean }, group: string): Response {
  if (resources.isBuiltIn(group)) throw unknownResource();
  return pageNotFound();
}

export const methodNotAllowed = (): StatusError =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

/** A verb that a part of a custom resource does not know. */
export function methodNotSupported(
  { group, resource }: { group: string; resource: string },
  verb: string,
): StatusError {
  const kind = group === '' ? resource : `${resource}.${group}`;
  const message = `${verb} is not supported on resources of kind ${JSON.stringify(kind)}`;
  return new StatusError(405, 'MethodNotAllowed', message, { group, kind: resource });
}
