/** Providers of identities, as KubeSphere 4.x writes them into Secrets and 3.x into its file. */
import { fieldsAt, flagAt, textAt, type Fields } from './document.ts';

/**
 * Who becomes an account. `auto`: whoever is new, under the name he brings. `manual`: whoever is new, after choosing a name. `mixed`: as `auto`,
 * and an account that other providers made may get one more. `lookup`: only whom an administrator has mapped.
 */
export type MappingMethod = 'auto' | 'manual' | 'mixed' | 'lookup';

export interface ProviderConfig {
  readonly name: string;
  readonly type: string;
  readonly displayName: string;
  readonly mappingMethod: MappingMethod;
  readonly hidden: boolean;
  /** Nobody comes from one that is off. */
  readonly enabled: boolean;
  /** The name of the Secret that describes it; without one it stands in the file. */
  readonly secret?: string;
  /** The options of its type. */
  readonly options: Fields;
}

const methods: readonly MappingMethod[] = ['auto', 'manual', 'mixed', 'lookup'];
const nameForm = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/**
 * Undefined for a document without name and type. 3.x asks for a name unless `disableLoginConfirmation` says
 * otherwise; what 4.x calls `auto` asks nobody.
 */
export function readAnyProvider(
  fields: Fields,
  generation: '3.x' | '4.x' = '4.x',
  secret?: string,
): ProviderConfig | undefined {
  const [name, type] = [textAt(fields, 'name'), textAt(fields, 'type')];
  if (name === undefined || type === undefined || !nameForm.test(name)) return undefined;
  const given = textAt(fields, 'mappingMethod') ?? 'auto';
  const known = methods.find(method => method === given) ?? 'lookup';
  const confirms = generation === '3.x' && known === 'auto' && flagAt(fields, 'disableLoginConfirmation') !== true;
  return {
    name,
    type,
    displayName: textAt(fields, 'displayName') ?? name,
    mappingMethod: confirms ? 'manual' : known,
    hidden: flagAt(fields, 'hidden') ?? false,
    enabled: flagAt(fields, 'disabled') !== true,
    options: fieldsAt(fields, 'provider'),
    ...(secret !== undefined && { secret }),
  };
}

/** The same without those that are off. */
export function readProvider(fields: Fields, generation: '3.x' | '4.x' = '4.x'): ProviderConfig | undefined {
  const provider = readAnyProvider(fields, generation);
  return provider?.enabled ? provider : undefined;
}
