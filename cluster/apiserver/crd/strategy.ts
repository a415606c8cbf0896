/** The rules of custom resources: status apart or not, generation, what can be selected by (apiextensions `registry/customresource`). */
import { isDeepStrictEqual } from 'node:util';
import { parseJsonPath } from '@orrery/machinery/jsonpath';
import { invalid } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldErrorType } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { forbidden } from '@orrery/machinery/status';
import type { Strategy } from '../types.ts';
import type { Judgement } from './rules/judge.ts';
import { keepStatus, statusAlone } from '../strategies/generic.ts';

export interface CustomStrategyOptions {
  readonly group: string;
  readonly resource: string;
  readonly hasStatus: boolean;
  /** The definition is being deleted: nothing new is taken. */
  readonly isEnding: boolean;
  /** JSONPaths. */
  readonly selectableFields: readonly string[];
  /** Brings an object of the served version into the stored one. */
  toStored(object: KubeObject): void;
  /** The definition's own rules; undefined where it has none. */
  judge(object: KubeObject, old: KubeObject | undefined): Promise<Judgement> | undefined;
}

/** What a generation counts. */
function contentOf(object: KubeObject, hasStatus: boolean): Record<string, unknown> {
  const {
    kind: _kind,
    apiVersion: _version,
    metadata: _metadata,
    ...content
  } = object as KubeObject & {
    status?: unknown;
  };
  if (hasStatus) delete content.status;
  return content;
}

/** Problems of form: rules could not rely on what they look at. */
const blocking: readonly FieldErrorType[] = ['notSupported', 'required', 'tooLong', 'tooMany', 'typeInvalid'];

const unchecked = (): FieldError =>
  invalid(
    '<nil>',
    undefined,
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  );

export function customStrategy(options: CustomStrategyOptions): Strategy {
  const { group, resource, hasStatus, isEnding, selectableFields, toStored, judge } = options;
  const paths = selectableFields.map(path => [path.replace(/^\./, ''), parseJsonPath(path)] as const);
  return {
    prepareForCreate(object) {
      if (isEnding) {
        const why = 'create not allowed while custom resource definition is terminating';
        throw forbidden({ group, resource, name: object.metadata.name }, why);
      }
      if (hasStatus) delete (object as { status?: unknown }).status;
      object.metadata.generation = 1;
    },
    prepareForUpdate(object, old) {
      if (hasStatus) keepStatus(object, old);
      if (isDeepStrictEqual(contentOf(object, hasStatus), contentOf(old, hasStatus))) return;
      object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
    async judge(object, old, found, context) {
      const isBroken = found.some(({ type }) => blocking.includes(type));
      const judgement = judge(object, old);
      if (judgement && isBroken) return [unchecked()];
      const { errors, warnings } = (await judgement) ?? { errors: [], warnings: [] };
      for (const text of warnings) context.warn(text);
      return errors;
    },
    canonicalize: toStored,
    allowUnconditionalUpdate: false,
    ...(paths.length > 0 && {
      selectableFields: object =>
        Object.fromEntries(
          paths.map(([name, path]) => {
            const value = path.find(object)[0];
            return [name, value === undefined || value === null ? '' : String(value)];
          }),
        ),
    }),
    ...(hasStatus && { subresources: { status: statusAlone } }),
  };
}
