/** Validation of PriorityLevelConfiguration of flowcontrol.apiserver.k8s.io/v1 (flowcontrol/validation). */
import { child, forbidden, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { internalForm } from '../internal-form.ts';
import { sameJson } from '../meta.ts';
import type { Errors } from '../rules.ts';
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  QueuingConfiguration,
} from '../types.data.ts';
import { mandatoryLevels } from './mandatory.data.ts';
import { validateConditions } from './schema-validation.ts';

function percent(errors: Errors, value: number | undefined, path: FieldPath): void {
  if (value !== undefined && (value < 0 || value > 100))
    errors.push(invalid(path, value, 'must be between 0 and 100, inclusive'));
}

function shares(errors: Errors, value: number | undefined, path: FieldPath): void {
  if (value !== undefined && value < 0) errors.push(invalid(path, value, 'must be a non-negative integer'));
}

const queuesMax = 10_000_000;
/** Bits of the hash that deals a flow its hand of queues. */
const hashBits = 60;

/** How many bits tell all hands apart. */
function entropyOf(queues: number, hand: number): number {
  let bits = 0;
  for (let dealt = 0; dealt < hand; dealt++) bits += Math.log2(queues - dealt);
  return Math.ceil(bits);
}

function validateQueues(errors: Errors, given: QueuingConfiguration, path: FieldPath): void {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = given;
  if (queueLengthLimit <= 0)
    errors.push(invalid(child(path, 'queueLengthLimit'), queueLengthLimit, 'must be positive'));
  if (queues <= 0) errors.push(invalid(child(path, 'queues'), queues, 'must be positive'));
  else if (queues > queuesMax)
    errors.push(invalid(child(path, 'queues'), queues, `must not be greater than ${queuesMax}`));
  const at = child(path, 'handSize');
  if (handSize <= 0) errors.push(invalid(at, handSize, 'must be positive'));
  else if (handSize > queues) errors.push(invalid(at, handSize, `should not be greater than queues (${queues})`));
  else if (entropyOf(queues, handSize) > hashBits) {
    const sizes = `deckSize ${queues} and handSize ${handSize}`;
    errors.push(invalid(at, handSize, `required entropy bits of ${sizes} should not be greater than ${hashBits}`));
  }
}

function validateResponse(errors: Errors, { type, queuing }: LimitResponse, path: FieldPath): void {
  const at = child(path, 'queuing');
  if (type === 'Reject') {
    if (queuing) errors.push(forbidden(at, 'must be nil if limited.limitResponse.type is not Limited'));
  } else if (type === 'Queue') {
    if (queuing) validateQueues(errors, queuing, at);
    else errors.push(required(at, 'must not be empty if limited.limitResponse.type is Limited'));
  } else errors.push(notSupported(child(path, 'type'), type ?? '', ['Queue', 'Reject']));
}

function validateLimited(errors: Errors, limited: LimitedPriorityLevelConfiguration, path: FieldPath): void {
  const { nominalConcurrencyShares, limitResponse, lendablePercent, borrowingLimitPercent: borrowing } = limited;
  shares(errors, nominalConcurrencyShares, child(path, 'nominalConcurrencyShares'));
  validateResponse(errors, limitResponse ?? ({ type: '' } as LimitResponse), child(path, 'limitResponse'));
  percent(errors, lendablePercent, child(path, 'lendablePercent'));
  if (borrowing !== undefined && borrowing < 0) {
    const why = 'if specified, must be a non-negative integer';
    errors.push(invalid(child(path, 'borrowingLimitPercent'), borrowing, why));
  }
}

function validateExempt(errors: Errors, exempt: ExemptPriorityLevelConfiguration | undefined): void {
  shares(errors, exempt?.nominalConcurrencyShares, 'spec.exempt.nominalConcurrencyShares');
  percent(errors, exempt?.lendablePercent, 'spec.exempt.lendablePercent');
}

const specType = 'flowcontrol.v1.PriorityLevelConfigurationSpec';

/** The server's own levels stay, but for what the exempt one lends. */
function validateFixed(errors: Errors, { spec, metadata }: PriorityLevelConfiguration): void {
  const name = metadata.name ?? '';
  const fixed = mandatoryLevels[name];
  if (!fixed) return;
  const free = name === 'exempt';
  const settled = (given: PriorityLevelConfiguration['spec']) =>
    internalForm(specType, free ? { ...given, exempt: undefined } : given);
  if (sameJson(settled(spec), settled(fixed))) return;
  const what = free ? `'${name}' except the 'spec.exempt' field` : `'${name}'`;
  errors.push(invalid('spec', internalForm(specType, spec), `spec of ${what} must equal the fixed value`));
}

export function validatePriorityLevel(level: PriorityLevelConfiguration): FieldError[] {
  const errors: Errors = [];
  const { type, limited, exempt } = level.spec;
  if ((level.metadata.name === 'exempt') !== (type === 'Exempt'))
    errors.push(invalid('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'"));
  if (type === 'Exempt') {
    if (limited) errors.push(forbidden('spec.limited', 'must be nil if the type is not Limited'));
    validateExempt(errors, exempt);
  } else if (type === 'Limited') {
    if (exempt) errors.push(forbidden('spec.exempt', 'must be nil if the type is Limited'));
    if (limited) validateLimited(errors, limited, 'spec.limited');
    else errors.push(required('spec.limited', 'must not be empty when type is Limited'));
  } else errors.push(notSupported('spec.type', type, ['Exempt', 'Limited']));
  validateFixed(errors, level);
  return errors;
}

export const validatePriorityLevelStatus = ({ status }: PriorityLevelConfiguration): FieldError[] =>
  validateConditions(status?.conditions);
