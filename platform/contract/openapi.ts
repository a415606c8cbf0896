/** The contract as an OpenAPI 3.0 document. */
import { parametersIn } from './path.ts';
import type { AnyRoute } from './route.ts';
import type { JsonSchema, Schema } from './schema.ts';

const alwaysPossible: Readonly<Record<number, string>> = {
  400: 'The request is malformed; the message names the field.',
  401: 'Nobody is logged in, or the token is no longer good.',
  403: 'The user may not do this; the message says why.',
};

/** Deterministic: routes in the order given. */
export function openApiDocument(routes: readonly AnyRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    route.paths.forEach((path, index) => {
      (paths[path] ??= {})[route.method.toLowerCase()] = operation(route, path, index);
    });
  }
  return {
    openapi: '3.0.3',
    info: { title: 'Orrery platform', version },
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  };
}

function operation(route: AnyRoute, path: string, index: number): object {
  const query = (route.query as Schema<unknown> | undefined)?.json;
  const body = (route.body as Schema<unknown> | undefined)?.json;
  const media = route.form ? 'application/x-www-form-urlencoded' : 'application/json';
  return {
    operationId: index === 0 ? route.id : `${route.id}.${index + 1}`,
    summary: route.summary,
    tags: [route.feature],
    ...(index > 0 && { deprecated: true }),
    parameters: [
      ...parametersIn(path).map(name => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...queryParameters(query),
    ],
    ...(body && { requestBody: { required: true, content: { [media]: { schema: body } } } }),
    responses: responses(route),
    security: route.permission.kind === 'public' ? [] : [{ bearer: [] }],
    'x-permission': route.permission,
  };
}

const queryParameters = (query: JsonSchema | undefined): object[] =>
  Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: query!.required?.includes(name) ?? false,
    schema,
  }));

function responses(route: AnyRoute): object {
  const answer = route.answer?.json;
  const success = {
    description: 'Success',
    ...(answer && { content: { 'application/json': { schema: answer } } }),
  };
  const errors = Object.fromEntries([
    ...Object.entries(alwaysPossible).map(([status, description]) => [status, { description }]),
    ...(route.errors ?? []).map(status => [status, { description: 'See the message of the Status.' }]),
  ]);
  return { [route.status ?? 200]: success, ...errors };
}
