/** What two managers want differently, told as upstream tells it (apimachinery `managedfields/internal/conflict.go`). */
import { StatusError } from '../status.ts';
import { describePath } from './element.ts';
import type { Managers, Owned } from './managers.ts';
import { difference, isEmpty, pathsOf } from './set.ts';
import type { FieldSet } from './set.ts';

/** A 409 that still knows which fields are meant. */
export class ApplyConflict extends StatusError {
  /** Of each manager the fields in conflict. */
  readonly conflicts: Managers;

  constructor(conflicts: Managers) {
    const told = [...conflicts.values()]
      .map(owned => ({ manager: nameOf(owned), paths: pathsOf(owned.fields).map(describePath) }))
      .sort((a, b) => (a.manager < b.manager ? -1 : 1));
    const causes = told.flatMap(({ manager, paths }) =>
      paths.map(field => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field })),
    );
    super(409, 'Conflict', messageOf(told, causes.length), { causes });
    this.conflicts = conflicts;
  }

  /** The conflicts that are not about these fields; undefined when none is left. */
  without(allowed: FieldSet): ApplyConflict | undefined {
    const left: Managers = new Map();
    for (const [id, owned] of this.conflicts) {
      const fields = difference(owned.fields, allowed);
      if (!isEmpty(fields)) left.set(id, { ...owned, fields });
    }
    return left.size > 0 ? new ApplyConflict(left) : undefined;
  }
}

function nameOf({ manager, subresource, operation, apiVersion }: Owned): string {
  const part = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(manager)}${part}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}

function messageOf(told: readonly { manager: string; paths: readonly string[] }[], count: number): string {
  if (count === 1) return `Apply failed with 1 conflict: conflict with ${told[0]!.manager}: ${told[0]!.paths[0]}`;
  const lines = told.flatMap(({ manager, paths }) => [`conflicts with ${manager}:`, ...paths.map(path => `- ${path}`)]);
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`;
}
