/** Validation of apiregistration.k8s.io/v1 (apiregistration/validation). */
import { child, invalid, invalidShown, quote, required } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { portNumber, subdomain } from '../rules.ts';
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
  if (!spec.version) errors.push(required('spec.version'));
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
        invalidShown(
          'spec.caBundle',
          `${(spec.caBundle.length * 3) / 4} bytes`,
          'local APIServices may not have a caBundle',
        ),
      );
    if (spec.insecureSkipTLSVerify)
      errors.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
    return errors;
  }
  if (!service.namespace) errors.push(required(child('spec.service', 'namespace')));
  if (!service.name) errors.push(required(child('spec.service', 'name')));
  portNumber(errors, service.port ?? 443, 'spec.service.port');
  if (spec.insecureSkipTLSVerify && spec.caBundle) {
    errors.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  }
  return errors;
}
