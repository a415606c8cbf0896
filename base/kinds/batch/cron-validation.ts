/** Validation of CronJob of batch/v1 (batch/validation). */
import { child, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { nonNegative, oneOf, shownSelector } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { CronJob, JobSpec } from '../types.data.ts';
import { scheduleProblem, zoneProblem } from './schedule.ts';
import { validateJobSpec } from './validation.ts';

function validateSchedule(errors: Errors, { schedule, timeZone }: CronJob['spec'], old?: CronJob): void {
  const path = 'spec.schedule';
  if (!schedule) return void errors.push(required(path));
  const problem = scheduleProblem(schedule);
  if (problem) errors.push(invalid(path, schedule, problem));
  if (!schedule.includes('TZ')) return;
  if (!old?.spec.schedule?.includes('TZ'))
    errors.push(invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  else if (timeZone !== undefined)
    errors.push(invalid(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
}

/** Parts of a zone's name: letters, and digits and signs for the sake of older names. */
const zonePart = /^[A-Za-z.\-_0-9+]{1,14}$/;

function validateTimeZone(errors: Errors, zone: string | undefined, path: FieldPath): void {
  if (zone === undefined) return;
  if (zone === '') return void errors.push(invalid(path, zone, 'timeZone must be nil or non-empty string'));
  const bad = (part: string): boolean => part === '.' || part === '..' || part.startsWith('-') || !zonePart.test(part);
  if (zone.split('/').some(bad)) return void errors.push(invalid(path, zone, `unknown time zone ${zone}`));
  const explicit = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  if (zone.toLowerCase() === 'local') errors.push(invalid(path, zone, explicit));
  const problem = zoneProblem(zone);
  if (problem) errors.push(invalid(path, zone, problem));
}

/** The selector of a job is made when the job is. */
function validateTemplate(errors: Errors, template: JobSpec, path: FieldPath): void {
  validateJobSpec(errors, template, path);
  if (template.selector)
    errors.push(
      invalid(child(path, 'selector'), shownSelector(template.selector), '`selector` will be auto-generated'),
    );
  if (template.manualSelector) errors.push(notSupported(child(path, 'manualSelector'), true, ['nil', 'false']));
}

function validateSpec({ spec }: CronJob, old?: CronJob): Errors {
  const errors: Errors = [];
  validateSchedule(errors, spec, old);
  nonNegative(errors, spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds');
  if (!old || old.spec.timeZone !== spec.timeZone) validateTimeZone(errors, spec.timeZone, 'spec.timeZone');
  oneOf(errors, spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'], 'spec.concurrencyPolicy');
  validateTemplate(errors, spec.jobTemplate?.spec ?? ({} as JobSpec), 'spec.jobTemplate.spec');
  nonNegative(errors, spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit');
  nonNegative(errors, spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit');
  return errors;
}

/** The controller appends eleven characters to the name of each job. */
const nameMax = 52;

export function validateCronJob(job: CronJob): FieldError[] {
  const errors = validateSpec(job);
  const { name = '' } = job.metadata;
  if (name.length > nameMax) errors.push(invalid('metadata.name', name, `must be no more than ${nameMax} characters`));
  return errors;
}

export const validateCronJobUpdate = (now: CronJob, old: CronJob): FieldError[] => validateSpec(now, old);
