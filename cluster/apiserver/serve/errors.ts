/** Answers that belong to no resource in particular, in upstream's words. */
import { StatusError } from '@orrery/machinery/status';

/** A path below an API group that names nothing. */
export const unknownResource = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = (): StatusError =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
