/** Validation of events, in the older and the newer form (core/validation `ValidateEventCreate`, `ValidateEventUpdate`). */
import { invalid, invalidShown, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateDns1123Subdomain } from '@orrery/machinery/names';
import { shownInternal } from '../internal-form.ts';
import { immutableMessage, pathSegmentName, sameJson, validateObjectMeta } from '../meta.ts';
import { qualified, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Event, EventsV1Event } from '../types.data.ts';
import type { MetadataRules } from '../validators.ts';

function text(errors: Errors, value: string | undefined, path: FieldPath): void {
  if (!value) errors.push(required(path));
  else atMost(errors, value, 128, path);
}

function atMost(errors: Errors, value: string | undefined, longest: number, path: FieldPath): void {
  if (new TextEncoder().encode(value ?? '').length > longest)
    errors.push(invalid(path, '', `can have at most ${longest} characters`));
}

const elsewhere = 'does not match event.namespace';

/** Events without a time of their own are of the older sort. Upstream names the older form's fields for both, but for the controller. */
function validateBoth(event: Event, controllerField: string): FieldError[] {
  const errors: Errors = [];
  const home = event.metadata.namespace ?? '';
  const about = event.involvedObject?.namespace ?? '';
  const refuse = (): void => void errors.push(invalid('involvedObject.namespace', about, elsewhere));
  if (!event.eventTime) {
    if (about === '' ? home !== '' && home !== 'default' : home !== about) refuse();
  } else {
    const controller = event.reportingComponent ?? '';
    if (about === '' && home !== 'default' && home !== 'kube-system') refuse();
    if (controller === '') errors.push(required(controllerField));
    qualified(errors, controller, controllerField);
    text(errors, event.reportingInstance, 'reportingInstance');
    text(errors, event.action, 'action');
    text(errors, event.reason, 'reason');
    atMost(errors, event.message, 1024, 'message');
  }
  tell(errors, 'namespace', home, validateDns1123Subdomain(home));
  return errors;
}

export const validateEvent = (event: Event): FieldError[] => validateBoth(event, 'reportingComponent');

/** The newer form's event in the older one, as far as validation looks. */
const older = (event: EventsV1Event): Event =>
  ({
    metadata: event.metadata,
    involvedObject: event.regarding ?? {},
    reason: event.reason,
    message: event.note,
    action: event.action,
    eventTime: event.eventTime,
    reportingComponent: event.reportingController,
    reportingInstance: event.reportingInstance,
  }) as Event;

function validateSeries(errors: Errors, { series }: EventsV1Event): void {
  if (!series) return;
  if ((series.count ?? 0) < 2) errors.push(invalid('series.count', '', 'should be at least 2'));
  if (!series.lastObservedTime) errors.push(required('series.lastObservedTime'));
}

/** Of a new object in the form of events.k8s.io/v1. */
function validateNewEvent(event: EventsV1Event): FieldError[] {
  const errors: Errors = [];
  validateSeries(errors, event);
  if (!event.eventTime) errors.push(required('eventTime'));
  if (event.type !== 'Normal' && event.type !== 'Warning')
    errors.push(invalid('type', '', `has invalid value: ${event.type ?? ''}`));
  const unset = (value: unknown, field: string): void => {
    if (value) errors.push(invalid(field, '', 'needs to be unset'));
  };
  unset(event.deprecatedFirstTimestamp, 'firstTimestamp');
  unset(event.deprecatedLastTimestamp, 'lastTimestamp');
  unset(event.deprecatedCount, 'count');
  unset(event.deprecatedSource?.component || event.deprecatedSource?.host, 'source');
  return errors;
}

/** What the older part of the rules says of an event in the newer form. */
const validateOldRules = (event: EventsV1Event): FieldError[] => validateBoth(older(event), 'reportingController');

/** In upstream's order, by the older form's names. */
const fixed = [
  ['involvedObject', 'regarding'],
  ['reason', 'reason'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reason', 'reason'],
  ['type', 'type'],
  ['eventTime', 'eventTime'],
  ['action', 'action'],
  ['related', 'related'],
  ['reportingController', 'reportingController'],
  ['reportingInstance', 'reportingInstance'],
] as const;
const structures: Readonly<Record<string, string>> = {
  involvedObject: 'core.v1.ObjectReference',
  related: '*core.v1.ObjectReference',
  source: 'core.v1.EventSource',
};
const times = new Set<string>(['firstTimestamp', 'lastTimestamp', 'eventTime']);

/** Only the series of an event goes on. */
export function validateNewEventUpdate(
  event: EventsV1Event,
  old: EventsV1Event,
  metadata: MetadataRules,
): FieldError[] {
  const errors: Errors = [...validateOldRules(event), ...metadata.asChanged()];
  if (!sameJson(event.series, old.series)) validateSeries(errors, event);
  for (const [field, name] of fixed) {
    const value = event[name];
    if (sameJson(value, old[name])) continue;
    const structure = structures[field];
    if (structure) errors.push(invalidShown(field, shownInternal(structure, value), immutableMessage));
    else errors.push(invalid(field, value ?? (times.has(field) ? null : field === 'count' ? 0 : ''), immutableMessage));
  }
  return errors;
}

/** Events of the older form are hardly looked at: they came before such rules. */
export function validateEventCreate(event: Event): FieldError[] {
  const errors = validateEvent(event);
  return errors.length > 0 ? errors : validateObjectMeta(event.metadata, true, pathSegmentName, 'metadata', true);
}

export const validateNewEventCreate = (event: EventsV1Event, metadata: Pick<MetadataRules, 'asNew'>): FieldError[] => [
  ...validateOldRules(event),
  ...metadata.asNew(),
  ...validateNewEvent(event),
];
