/** References to files and to fields of the pod itself: shared by containers and volumes. */
import { child, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { oneOfIfSet } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { ObjectFieldSelector } from '../types.data.ts';

/** A relative path that stays below where it starts. */
export function descendingPath(errors: Errors, value: string, path: FieldPath): void {
  if (value.startsWith('/')) errors.push(invalid(path, value, 'must be a relative path'));
  noBacksteps(errors, value, path);
}

/** No `..` among the parts of a path. */
export function noBacksteps(errors: Errors, value: string, path: FieldPath): void {
  if (value.split('/').includes('..')) errors.push(invalid(path, value, "must not contain '..'"));
}

const podFields = new Set(
  (
    'metadata.annotations metadata.labels metadata.name metadata.namespace metadata.uid spec.nodeName spec.restartPolicy spec.schedulerName ' +
    'spec.serviceAccountName spec.hostNetwork status.phase status.hostIP status.hostIPs status.podIP status.podIPs status.nominatedNodeName'
  ).split(' '),
);
/** `supported` are the fields that may be named here; labels and annotations also with a key in brackets. */
export function validateFieldRef(
  errors: Errors,
  reference: ObjectFieldSelector,
  supported: readonly string[],
  path: FieldPath,
): void {
  const { fieldPath } = reference;
  if (!reference.apiVersion) return void errors.push(required(child(path, 'apiVersion')));
  if (!fieldPath) return void errors.push(required(child(path, 'fieldPath')));
  const subscript = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/.exec(fieldPath);
  if (subscript) return;
  if (!podFields.has(fieldPath)) {
    errors.push(
      invalid(
        child(path, 'fieldPath'),
        fieldPath,
        `error converting fieldPath: field label not supported: ${fieldPath}`,
      ),
    );
  } else if (!supported.includes(fieldPath))
    oneOfIfSet(errors, fieldPath, supported.toSorted(), child(path, 'fieldPath'));
}
