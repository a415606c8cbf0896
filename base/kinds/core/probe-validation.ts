/** Validation of probes and hooks (core/validation `validateProbe`, `validateLifecycle`). */
import { child, forbidden, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { validateHttpHeaderName } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { nonNegative, oneOfIfSet, portNumber, portNumberOrName, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Container, HTTPGetAction, LifecycleHandler, Probe } from '../types.data.ts';

function validateHttpGet(errors: Errors, action: HTTPGetAction, path: FieldPath): void {
  if (!action.path) errors.push(required(child(path, 'path')));
  portNumberOrName(errors, action.port, child(path, 'port'));
  oneOfIfSet(errors, action.scheme ?? '', ['HTTP', 'HTTPS'], child(path, 'scheme'));
  for (const { name } of each(action.httpHeaders))
    tell(errors, child(path, 'httpHeaders'), name, validateHttpHeaderName(name));
}

/** `graceSeconds` is how long the pod has to end: a hook cannot sleep for longer. */
function validateHandler(
  errors: Errors,
  { exec, httpGet, tcpSocket, grpc, sleep }: LifecycleHandler & Pick<Probe, 'grpc'>,
  graceSeconds: number | undefined,
  path: FieldPath,
): void {
  let count = 0;
  const only = (name: string, check: (at: FieldPath) => void): void => {
    if (count++ > 0) errors.push(forbidden(child(path, name), 'may not specify more than 1 handler type'));
    else check(child(path, name));
  };
  if (exec) only('exec', at => each(exec.command).length === 0 && errors.push(required(child(at, 'command'))));
  if (httpGet) only('httpGet', at => validateHttpGet(errors, httpGet, at));
  if (tcpSocket) only('tcpSocket', at => portNumberOrName(errors, tcpSocket.port, child(at, 'port')));
  if (grpc) only('grpc', at => portNumber(errors, grpc.port ?? 0, child(at, 'port')));
  if (sleep) {
    only('sleep', at => {
      const seconds = sleep.seconds ?? 0;
      if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return;
      const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
      errors.push(invalid(at, seconds, detail));
    });
  }
  if (count === 0) errors.push(required(path, 'must specify a handler type'));
}

const numbers = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function validateProbe(errors: Errors, probe: Probe, isReadiness: boolean, path: FieldPath): void {
  validateHandler(errors, probe, undefined, path);
  for (const name of numbers) nonNegative(errors, probe[name], child(path, name));
  const grace = probe.terminationGracePeriodSeconds;
  const graceAt = child(path, 'terminationGracePeriodSeconds');
  if (grace !== undefined && grace <= 0) errors.push(invalid(graceAt, grace, 'must be greater than 0'));
  if (isReadiness) {
    if (grace !== undefined) errors.push(invalid(graceAt, grace, 'must not be set for readinessProbes'));
  } else if (probe.successThreshold !== 1)
    errors.push(invalid(child(path, 'successThreshold'), probe.successThreshold ?? 0, 'must be 1'));
}

/** Hooks and probes: what main containers and sidecars may have. */
export function validateProbes(
  errors: Errors,
  { lifecycle, livenessProbe, readinessProbe, startupProbe }: Container,
  graceSeconds: number | undefined,
  path: FieldPath,
): void {
  const { postStart, preStop } = lifecycle ?? {};
  if (postStart) validateHandler(errors, postStart, graceSeconds, child(path, 'lifecycle', 'postStart'));
  if (preStop) validateHandler(errors, preStop, graceSeconds, child(path, 'lifecycle', 'preStop'));
  if (livenessProbe) validateProbe(errors, livenessProbe, false, child(path, 'livenessProbe'));
  if (readinessProbe) validateProbe(errors, readinessProbe, true, child(path, 'readinessProbe'));
  if (startupProbe) validateProbe(errors, startupProbe, false, child(path, 'startupProbe'));
}
