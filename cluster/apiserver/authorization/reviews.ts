/** The access reviews: what somebody may do, asked over the API (upstream `registry/authorization`). */
import type { UserInfo } from '@orrery/http';
import { invalid, invalidObject, invalidShown } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { badRequest } from '@orrery/machinery/status';
import type { Action, Authorizer, AuthorizationAttributes } from '../types.ts';
import { nodeOf } from './node.ts';
import { rulesFor } from './rbac.ts';
import type { RoleIndex } from './role-index.ts';

interface Requirement {
  readonly key?: string;
  readonly operator?: string;
  readonly values?: readonly string[];
}

interface SelectorAttributes {
  readonly rawSelector?: string;
  readonly requirements?: readonly Requirement[];
}

interface ReviewSpec {
  readonly user?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  readonly resourceAttributes?: {
    readonly namespace?: string;
    readonly verb?: string;
    readonly group?: string;
    readonly version?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
    readonly fieldSelector?: SelectorAttributes;
    readonly labelSelector?: SelectorAttributes;
  };
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
}

type Review = KubeObject & { spec?: ReviewSpec };

function selectorErrors(selector: SelectorAttributes | undefined, field: string): FieldError[] {
  if (!selector?.rawSelector || !selector.requirements?.length) return [];
  return [invalid(`${field}.rawSelector`, selector.rawSelector, 'may not specified at the same time as requirements')];
}

function specErrors(spec: ReviewSpec, ofSubject: boolean): FieldError[] {
  const { resourceAttributes, nonResourceAttributes, user = '', groups = [] } = spec;
  const errors: FieldError[] = [];
  if (resourceAttributes && nonResourceAttributes) {
    const { path = '', verb = '' } = nonResourceAttributes;
    const shown = JSON.stringify({ Path: path, Verb: verb });
    const why = 'cannot be specified in combination with resourceAttributes';
    errors.push(invalidShown('spec.nonResourceAttributes', shown, why));
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.push(invalid('spec.resourceAttributes', null, why));
  }
  if (ofSubject && !user && groups.length === 0)
    errors.push(invalid('spec.user', user, 'at least one of user or group must be specified'));
  errors.push(
    ...selectorErrors(resourceAttributes?.fieldSelector, 'spec.resourceAttributes.fieldSelector'),
    ...selectorErrors(resourceAttributes?.labelSelector, 'spec.resourceAttributes.labelSelector'),
  );
  return errors;
}

/** A review is nothing that could be stored. */
function metadataErrors({ metadata }: Review, why = 'must be empty', allowed: readonly string[] = []): FieldError[] {
  const isEmpty = Object.keys(metadata).every(name => name === 'managedFields' || allowed.includes(name));
  return isEmpty ? [] : [invalid('metadata', metadata, why)];
}

const refuse = (errors: readonly FieldError[]): void => {
  if (errors.length > 0) throw invalidObject({ group: 'authorization.k8s.io', kind: '', name: '' }, errors);
};

const operators: Readonly<Record<string, string>> = { In: '=', NotIn: '!=' };

/** Requirements as selector text; those with several values say nothing that an authorizer here could use. */
function selectorText(selector: SelectorAttributes | undefined): string | undefined {
  if (selector?.rawSelector) return selector.rawSelector;
  const terms = (selector?.requirements ?? []).flatMap(({ key, operator, values }) => {
    const sign = operators[operator ?? ''];
    return key && sign && values?.length === 1 ? [`${key}${sign}${values[0]}`] : [];
  });
  return terms.length > 0 ? terms.join(',') : undefined;
}

function attributesOf({
  resourceAttributes: wanted,
  nonResourceAttributes: path,
}: ReviewSpec): AuthorizationAttributes {
  const none = { path: '', apiGroup: '', apiVersion: '', resource: '', subresource: '', namespace: '', name: '' };
  if (!wanted) return { ...none, verb: path?.verb ?? '', isResourceRequest: false, path: path?.path ?? '' };
  const fieldSelector = selectorText(wanted.fieldSelector);
  const labelSelector = selectorText(wanted.labelSelector);
  return {
    ...none,
    verb: wanted.verb ?? '',
    isResourceRequest: true,
    apiGroup: wanted.group ?? '',
    apiVersion: wanted.version ?? '',
    resource: wanted.resource ?? '',
    subresource: wanted.subresource ?? '',
    namespace: wanted.namespace ?? '',
    name: wanted.name ?? '',
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...(labelSelector !== undefined && { labelSelector }),
  };
}

async function answer(authorizer: Authorizer, user: UserInfo, review: Review): Promise<KubeObject> {
  const { decision, reason } = await authorizer(user, attributesOf(review.spec ?? {}));
  const status = {
    allowed: decision === 'allow',
    ...(decision === 'deny' && { denied: true }),
    ...(reason && { reason }),
  };
  const answered: Review & { status: unknown } = { ...review, status };
  return answered;
}

const subjectOf = ({ user = '', uid, groups = [], extra }: ReviewSpec): UserInfo => ({
  name: user,
  groups,
  ...(uid && { uid }),
  ...(extra && { extra }),
});

export const subjectAccessReview =
  (authorizer: Authorizer): Action =>
  async object => {
    const review = object as Review;
    refuse([...specErrors(review.spec ?? {}, true), ...metadataErrors(review)]);
    return answer(authorizer, subjectOf(review.spec ?? {}), review);
  };

export const localSubjectAccessReview =
  (authorizer: Authorizer): Action =>
  async (object, { info }) => {
    const review = object as Review;
    const spec = review.spec ?? {};
    const errors = [
      ...specErrors(spec, true),
      ...metadataErrors(review, 'must be empty except for namespace', ['namespace']),
    ];
    const { namespace = '' } = spec.resourceAttributes ?? {};
    if (spec.resourceAttributes && namespace !== info.namespace)
      errors.push(invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'));
    if (spec.nonResourceAttributes) {
      const { path = '', verb = '' } = spec.nonResourceAttributes;
      const shown = JSON.stringify({ Path: path, Verb: verb });
      errors.push(invalidShown('spec.nonResourceAttributes', shown, 'disallowed on this kind of request'));
    }
    refuse(errors);
    return answer(authorizer, subjectOf(spec), review);
  };

export const selfSubjectAccessReview =
  (authorizer: Authorizer): Action =>
  async (object, { user }) => {
    const review = object as Review;
    refuse([...specErrors(review.spec ?? {}, false), ...metadataErrors(review)]);
    return answer(authorizer, user, review);
  };

/** All rules of the caller that can be listed; what the node authorizer allows cannot, and is said to be missing. */
export const selfSubjectRulesReview =
  (index: RoleIndex): Action =>
  async (object, { user }) => {
    const namespace = (object as KubeObject & { spec?: { namespace?: string } }).spec?.namespace;
    if (!namespace) throw badRequest('no namespace on request');
    const rules = rulesFor(index, user, namespace);
    const resourceRules = rules.filter(rule => !rule.nonResourceURLs?.length);
    const nonResourceRules = rules
      .filter(rule => rule.nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
    const isNode = nodeOf(user) !== undefined;
    const status = {
      resourceRules,
      nonResourceRules,
      incomplete: isNode,
      ...(isNode && { evaluationError: 'node authorizer does not support user rule resolution' }),
    };
    const answered: KubeObject & { spec: unknown; status: unknown } = { ...object, spec: {}, status };
    return answered;
  };

/** For `ServerParts.actions`. */
export const accessReviewActions = (authorizer: Authorizer, index: RoleIndex): Record<string, Action> => ({
  'authorization.k8s.io/subjectaccessreviews': subjectAccessReview(authorizer),
  'authorization.k8s.io/localsubjectaccessreviews': localSubjectAccessReview(authorizer),
  'authorization.k8s.io/selfsubjectaccessreviews': selfSubjectAccessReview(authorizer),
  'authorization.k8s.io/selfsubjectrulesreviews': selfSubjectRulesReview(index),
});
