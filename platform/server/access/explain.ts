/** Why somebody may do something, or what comes nearest to it: told from bindings and rules, after the cluster has decided. Pure. */
import type { Access } from '@orrery/platform-contract';
import type { PolicyRule, Subject } from '@orrery/platform-kinds';
import { allows, isAbout } from './covers.ts';

/** A native binding that names the user, with the rules of its role. */
export interface Held {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
  readonly name: string;
  readonly namespace?: string;
  /** The object of the platform that it follows from, e.g. `workspacerolebindings/bob-w1-viewer`. */
  readonly source?: string;
  readonly role: string;
  readonly subject: Pick<Subject, 'kind' | 'name'>;
  readonly rules: readonly PolicyRule[];
}

/** What the explanation rests on: the right itself; other verbs here; the right elsewhere; a role that is about other things; no role. */
export type Ground = 'granted' | 'verbs' | 'elsewhere' | 'silent' | 'nothing';

export interface Why {
  readonly ground: Ground;
  readonly text: string;
  readonly binding?: Pick<Held, 'kind' | 'name' | 'namespace' | 'source'>;
  readonly role?: string;
  readonly subject?: Pick<Subject, 'kind' | 'name'>;
  /** What the nearest role lets one do with the same thing. */
  readonly verbs?: readonly string[];
  /** Roles in the same place that would do. */
  readonly roles?: readonly string[];
}

/** Names of ours say what they are for; people know the rest of them. */
export const roleName = (name: string): string =>
  name.replace(/^orrery:(global|cluster|workspace|projects|devops|everywhere|everywhere-devops):/, '');

const holdsAt = ({ kind, namespace }: Held, access: Access): boolean =>
  kind === 'ClusterRoleBinding' || namespace === access.namespace;

const shown = ({ kind, name, namespace, source, role, subject }: Held) => ({
  binding: { kind, name, ...(namespace && { namespace }), ...(source && { source }) },
  role: roleName(role),
  subject,
});

const place = ({ namespace }: Held): string => (namespace ? ` in the project "${namespace}"` : '');
const as = ({ subject }: Held): string => (subject.kind === 'Group' ? ` as a member of "${subject.name}"` : '');

/** Undefined when no binding that is known here allows it: the cluster's own words must do. */
export function whyAllowed(access: Access, held: readonly Held[]): Why | undefined {
  const by = held.find(one => holdsAt(one, access) && one.rules.some(rule => allows(rule, access)));
  return (
    by && {
      ground: 'granted',
      text: `the role "${roleName(by.role)}"${place(by)} lets you do this${as(by)}`,
      ...shown(by),
    }
  );
}

/** The nearest miss: the same thing with other verbs here; the same right elsewhere; any role here; nothing. */
export function whyDenied(access: Access, held: readonly Held[], roles: readonly string[]): Why {
  const instead = roles.length > 0 ? { roles } : {};
  const here = held.filter(one => holdsAt(one, access));
  for (const one of here) {
    const verbs = [...new Set(one.rules.filter(rule => isAbout(rule, access)).flatMap(rule => rule.verbs))];
    if (verbs.length > 0)
      return {
        ground: 'verbs',
        text: `the role "${roleName(one.role)}"${place(one)} lets you ${verbs.join(', ')} this, not ${access.verb}`,
        ...shown(one),
        verbs,
        ...instead,
      };
  }
  const { name: _name, ...any } = access;
  const elsewhere = held.find(
    one =>
      one.rules.some(rule => allows(rule, access)) ||
      one.rules.some(rule => allows({ ...rule, resourceNames: [] }, any)),
  );
  if (elsewhere)
    return {
      ground: 'elsewhere',
      text: `the role "${roleName(elsewhere.role)}"${place(elsewhere)} lets you do this elsewhere, not here`,
      ...shown(elsewhere),
      ...instead,
    };
  const near = here.find(({ namespace }) => namespace !== undefined);
  if (near)
    return {
      ground: 'silent',
      text: `the role "${roleName(near.role)}"${place(near)} says nothing about this`,
      ...shown(near),
      ...instead,
    };
  return { ground: 'nothing', text: 'no role of yours says anything about this', ...instead };
}
