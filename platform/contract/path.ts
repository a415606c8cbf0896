/** Path patterns such as `/kapis/iam.kubesphere.io/v1beta1/users/{user}`: matching, filling, the names in them. */

/** The names in braces of a path, as a type. */
export type ParametersOf<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Name]: string } & ParametersOf<Rest>
  : unknown;

export const segmentsOf = (path: string): string[] => path.split('/').slice(1);

/** The name in braces, if this segment of a pattern is one. */
export const parameterOf = (segment: string): string | undefined =>
  segment.startsWith('{') ? segment.slice(1, -1) : undefined;

export const parametersIn = (path: string): string[] =>
  segmentsOf(path)
    .map(parameterOf)
    .filter(name => name !== undefined);

/** @throws TypeError when a parameter of the pattern is not given: a programmer's mistake. */
export function fillPath(path: string, parameters: Readonly<Record<string, string>>): string {
  return path.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const value = parameters[name];
    if (!value) throw new TypeError(`${path} needs the parameter ${name}`);
    return encodeURIComponent(value);
  });
}
