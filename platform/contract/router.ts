/** From method and path to route, by a tree of segments. A literal segment wins over a parameter. */
import { parameterOf, segmentsOf } from './path.ts';
import type { AnyRoute, Method } from './route.ts';

export interface Match<R extends AnyRoute = AnyRoute> {
  readonly route: R;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Router<R extends AnyRoute = AnyRoute> {
  /** `path` is decoded per segment. Undefined when no route has the path; the allowed methods when only the method is wrong. */
  match(method: string, segments: readonly string[]): Match<R> | { readonly allowed: readonly Method[] } | undefined;
}

interface Node<R> {
  readonly literals: Map<string, Node<R>>;
  parameter?: Node<R>;
  readonly routes: Map<Method, { route: R; names: readonly string[] }>;
}

const emptyNode = <R>(): Node<R> => ({ literals: new Map(), routes: new Map() });

/** @throws Error when two routes have the same method and path: a mistake in the contract. */
export function createRouter<R extends AnyRoute>(routes: readonly R[]): Router<R> {
  const root = emptyNode<R>();
  for (const route of routes) for (const path of route.paths) add(root, route, path);
  return {
    match(method, segments) {
      const values: string[] = [];
      const node = find(root, segments, 0, values);
      if (!node) return undefined;
      const found = node.routes.get((method === 'HEAD' ? 'GET' : method) as Method);
      if (!found) {
        const allowed = [...node.routes].filter(([, { route }]) => !route.fallback).map(([known]) => known);
        return allowed.length > 0 ? { allowed } : undefined;
      }
      const parameters = Object.fromEntries(found.names.map((name, index) => [name, values[index]!]));
      return { route: found.route, parameters };
    },
  };
}

function add<R extends AnyRoute>(root: Node<R>, route: R, path: string): void {
  let node = root;
  const names: string[] = [];
  for (const segment of segmentsOf(path)) {
    const name = parameterOf(segment);
    if (name !== undefined) {
      names.push(name);
      node = node.parameter ??= emptyNode();
    } else {
      let next = node.literals.get(segment);
      if (!next) node.literals.set(segment, (next = emptyNode()));
      node = next;
    }
  }
  const before = node.routes.get(route.method);
  if (before) throw new Error(`${route.method} ${path} is both ${before.route.id} and ${route.id}`);
  node.routes.set(route.method, { route, names });
}

function find<R>(node: Node<R>, segments: readonly string[], depth: number, values: string[]): Node<R> | undefined {
  if (depth === segments.length) return node.routes.size > 0 ? node : undefined;
  const segment = segments[depth]!;
  const literal = node.literals.get(segment);
  const found = literal && find(literal, segments, depth + 1, values);
  if (found || !node.parameter || segment === '') return found;
  values.push(segment);
  const deeper = find(node.parameter, segments, depth + 1, values);
  if (!deeper) values.pop();
  return deeper;
}
