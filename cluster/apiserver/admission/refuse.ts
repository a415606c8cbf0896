/** The words of a refusal by a plug-in (upstream `admission.NewForbidden`). */
import type { StatusCause, StatusError } from '@orrery/machinery/status';
import { StatusError as Refusal, forbidden } from '@orrery/machinery/status';
import type { AdmissionAttributes } from '../types.ts';

/** What the write is about: its name, or what the name will begin with, or `Unknown`. */
export function writtenName({ name, object }: Pick<AdmissionAttributes, 'name' | 'object'>): string {
  return name || object?.metadata.name || object?.metadata.generateName || 'Unknown';
}

/** `pods "x" is forbidden: <why>`. */
export function refuse(attributes: AdmissionAttributes, why: string, causes?: readonly StatusCause[]): StatusError {
  const { group, resource } = attributes.resource;
  const error = forbidden({ group, resource, name: writtenName(attributes) }, why);
  return causes
    ? new Refusal(error.code, error.reason, error.message, { ...error.details, causes: [...causes] })
    : error;
}
