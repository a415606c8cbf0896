/** Validation of new events (api/events validation): what events.k8s.io asks beyond the older form. */
import { invalid, required, tooLong } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { qualified } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { EventsV1Event } from '../types.data.ts';

function text(errors: Errors, value: string | undefined, longest: number, path: string): void {
  if (!value) errors.push(required(path));
  else if (value.length > longest) errors.push(tooLong(path, longest));
}

/** Of a new object in the form of events.k8s.io/v1. */
export function validateNewEvent(event: EventsV1Event): FieldError[] {
  const errors: Errors = [];
  const home = event.metadata.namespace ?? '';
  const about = event.regarding?.namespace ?? '';
  if (about !== home && !(about === '' && home === 'default'))
    errors.push(invalid('regarding.namespace', about, 'does not match event.namespace'));
  if (!event.eventTime) errors.push(required('eventTime'));
  const { reportingController = '' } = event;
  if (reportingController === '') errors.push(required('reportingController'));
  qualified(errors, reportingController, 'reportingController');
  text(errors, event.reportingInstance, 128, 'reportingInstance');
  text(errors, event.action, 128, 'action');
  text(errors, event.reason, 128, 'reason');
  if ((event.note ?? '').length > 1024) errors.push(tooLong('note', 1024));
  if (event.type !== 'Normal' && event.type !== 'Warning')
    errors.push(invalid('type', '', `has invalid value: ${event.type ?? ''}`));
  return errors;
}
