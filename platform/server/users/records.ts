/** Which attempts to log in are meant. */
import { labels, type LoginRecord } from '@orrery/platform-kinds';
import type { Filter } from '../lists/filters.ts';

const part = (text: string | undefined, value: string): boolean =>
  text?.toLowerCase().includes(value.toLowerCase()) ?? false;

/** Of RFC 3339; nothing is before or after what is no time. */
const timeOf = (text: string | undefined): number => Date.parse(text ?? '');

export const recordFilters: Readonly<Record<string, Filter<LoginRecord>>> = {
  // Records are named by their users: what is searched for is who it was, or from where.
  name: ({ metadata, spec }, value) => part(metadata.labels?.[labels.user], value) || part(spec.sourceIP, value),
  user: ({ metadata }, value) => metadata.labels?.[labels.user] === value,
  type: ({ spec }, value) => spec.type === value,
  provider: ({ spec }, value) => spec.provider === value,
  sourceIP: ({ spec }, value) => part(spec.sourceIP, value),
  success: ({ spec }, value) => String(spec.success) === value,
  from: ({ metadata }, value) => timeOf(metadata.creationTimestamp) >= timeOf(value),
  to: ({ metadata }, value) => timeOf(metadata.creationTimestamp) <= timeOf(value),
  reason: ({ spec }, value) => part(spec.reason, value),
};
