/** Which functions validate which resource, by `group/resource`: validation looks at one (the preferred) version only. */
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import type { NameRule } from './meta.ts';

export interface Validators {
  readonly nameRule?: NameRule;
  /** Everything but metadata. */
  create?(object: KubeObject): FieldError[];
  /** Everything but metadata; `create` alone where absent. */
  update?(object: KubeObject, old: KubeObject): FieldError[];
  status?(object: KubeObject, old: KubeObject): FieldError[];
}

export const validators: Readonly<Record<string, Validators>> = {};
