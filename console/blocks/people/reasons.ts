/** Why an attempt to log in failed, as the platform keeps it, and the key of its words (pure). */
const reasons = {
  'wrong password': 'why_password',
  'wrong current password': 'why_current',
  'no such user': 'why_nobody',
  'the user is Disabled': 'why_disabled',
  'the user is going': 'why_going',
} as const;

export type ReasonKey = (typeof reasons)[keyof typeof reasons];

/** None for words of another version, which are shown as they are. */
export const reasonKey = (reason: string | undefined): ReasonKey | undefined =>
  reason !== undefined && Object.hasOwn(reasons, reason) ? reasons[reason as keyof typeof reasons] : undefined;
