/** Which fields of custom resources can be selected by (apiextensions `ValidateCustomResourceSelectableFields`). Pure. */
import type { CustomResourceDefinitionVersion } from '@orrery/kinds/types';
import { child, duplicate, index, invalid, required, tooMany } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { findField } from './rules/fieldpath.ts';

const maxSelectable = 8;
const types = ['string', 'boolean', 'integer'];
const wrongType =
  'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';

export function validateSelectable(errors: FieldError[], version: CustomResourceDefinitionVersion, path: string): void {
  const seen = new Set<string>();
  (version.selectableFields ?? []).forEach(({ jsonPath }, place) => {
    const at = child(index(path, place), 'jsonPath');
    if (!jsonPath) return void errors.push(required(at));
    const found = findField(jsonPath, version.schema?.openAPIV3Schema ?? {}, false);
    if ('problem' in found) return void errors.push(invalid(at, jsonPath, `is an invalid path: ${found.problem}`));
    if (/^metadata\b/.test(found.shown)) errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    if (!types.includes(found.schema.type ?? '')) errors.push(invalid(at, jsonPath, wrongType));
    if (seen.has(found.shown)) errors.push(duplicate(at, jsonPath));
    seen.add(found.shown);
  });
  if (seen.size > maxSelectable) errors.push(tooMany(path, seen.size, maxSelectable));
}
