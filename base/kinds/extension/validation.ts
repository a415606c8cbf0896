/** Validation of apiregistration.k8s.io/v1 (apiregistration/validation). */
import { child, index, invalid, notSupported, quote, required } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { validateDns1035Label, validatePortNumber } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { APIService } from '../types.data.ts';

export function validateApiService({ spec, metadata }: APIService): FieldError[] {
  const errors: Errors = [];
  const wanted = `${spec.version ?? ''}.${spec.group ?? ''}`;
  if (metadata.name !== wanted)
    errors.push(invalid('metadata.name', metadata.name, `must be \`spec.version+"."+spec.group\`: ${quote(wanted)}`));
  if (spec.group) subdomain(errors, spec.group, 'spec.group');
  else if (spec.version !== 'v1')
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  tell(errors, 'spec.version', spec.version ?? '', validateDns1035Label(spec.version ?? ''));
  if (spec.groupPriorityMinimum <= 0 || spec.groupPriorityMinimum > 20000) {
    errors.push(
      invalid('spec.groupPriorityMinimum', spec.groupPriorityMinimum, 'must be positive and less than 20000'),
    );
  }
  if (spec.versionPriority <= 0 || spec.versionPriority > 1000) {
    errors.push(invalid('spec.versionPriority', spec.versionPriority, 'must be positive and less than 1000'));
  }
  const { service } = spec;
  if (!service) {
    if (spec.caBundle)
      errors.push(
        invalid('spec.caBundle', `${atob(spec.caBundle).length} bytes`, 'local APIServices may not have a caBundle'),
      );
    if (spec.insecureSkipTLSVerify)
      errors.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
    return errors;
  }
  if (!service.namespace) errors.push(required(child('spec.service', 'namespace')));
  if (!service.name) errors.push(required(child('spec.service', 'name')));
  const port = service.port ?? 443;
  const problems = validatePortNumber(port);
  if (problems.length > 0) errors.push(invalid('spec.service.port', port, `port is not valid: ${problems.join(', ')}`));
  if (spec.insecureSkipTLSVerify && spec.caBundle) {
    errors.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  }
  return errors;
}

export function validateApiServiceStatus({ status }: APIService): FieldError[] {
  const errors: Errors = [];
  const words = ['True', 'False', 'Unknown'];
  each(status?.conditions).forEach((condition, at) => {
    const path = child(index('status.conditions', at), 'status');
    if (!words.includes(condition.status)) errors.push(notSupported(path, condition.status, words));
  });
  return errors;
}
