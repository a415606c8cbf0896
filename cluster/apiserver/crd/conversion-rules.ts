/** How a definition may say that versions are made of each other (apiextensions `apis/apiextensions/validation`). Pure. */
import type { CustomResourceConversion } from '@orrery/kinds/types';
import { validateClientConfig } from '@orrery/kinds/webhooks';
import { forbidden, index, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { validateDns1035Label } from '@orrery/machinery/names';

/** A word out of some. */
export function oneOf(errors: FieldError[], path: string, value: string | undefined, words: readonly string[]): void {
  if (!value) errors.push(required(path));
  else if (!words.includes(value)) errors.push(notSupported(path, value, words));
}

export function validateConversion(errors: FieldError[], conversion: CustomResourceConversion | undefined): void {
  if (!conversion) return;
  oneOf(errors, 'spec.conversion.strategy', conversion.strategy, ['None', 'Webhook']);
  const { webhook } = conversion;
  const config = webhook?.clientConfig;
  const at = 'spec.conversion.webhookClientConfig';
  const versionsAt = 'spec.conversion.conversionReviewVersions';
  const versions = webhook?.conversionReviewVersions ?? [];
  if (conversion.strategy !== 'Webhook') {
    const why = 'should not be set when strategy is not set to Webhook';
    if (config) errors.push(forbidden(at, why));
    if (versions.length > 0) errors.push(forbidden(versionsAt, why));
    return;
  }
  if (!config) errors.push(required(at, 'required when strategy is set to Webhook'));
  else validateClientConfig(errors, config, at);
  validateReviewVersions(errors, versions, versionsAt);
}

function validateReviewVersions(errors: FieldError[], versions: readonly string[], path: string): void {
  if (versions.length === 0) return void errors.push(required(path));
  versions.forEach((version, place) => {
    const at = index(path, place);
    if (versions.indexOf(version) < place) return void errors.push(invalid(at, version, 'duplicate version'));
    for (const problem of validateDns1035Label(version)) errors.push(invalid(at, version, problem));
  });
  if (!versions.some(version => version === 'v1' || version === 'v1beta1'))
    errors.push(invalid(path, versions, 'must include at least one of v1, v1beta1'));
}
