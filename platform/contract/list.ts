/** The list protocol of KubeSphere: which page, in which order, of what. */
import { integer, list, object, oneOf, optional, record, text, type Schema } from './schema.ts';
import type { TypeOf } from './schema.ts';

/** Query values arrive as texts; the server reads them by this table. Every other key is a filter. */
export const listQuery = record({
  page: optional(integer(1)),
  limit: optional(integer(0)),
  sortBy: optional(text('name, createTime or a field of the resource')),
  ascending: optional(oneOf('true', 'false')),
  labelSelector: optional(text()),
  fieldSelector: optional(text()),
  name: optional(text('part of the name or of the display name')),
  names: optional(text('whole names, separated by commas')),
});

export type ListQuery = TypeOf<typeof listQuery>;

export interface Page<T> {
  readonly items: T[];
  readonly totalItems: number;
}

export const pageOf = <T>(item: Schema<T>): Schema<Page<T>> =>
  record({ items: list(item), totalItems: integer() }) as Schema<Page<T>>;

/** What a deletion or a change without a result answers, as KubeSphere does. */
export const done = object<{ message: string }>('{"message": "success"}');
