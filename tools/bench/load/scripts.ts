/** Scripts for `wrk`: it asks them for every request, so that bodies and names differ. */

/** In path and body `{n}` is replaced by a number that no request had before, `{k}` by one below the number of objects. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** With its query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

/**
 * A script that goes through `calls` again and again. Its headers come from the command line, and its numbers begin at `first`.
 * @throws RangeError when there is no call.
 */
export function luaScript(calls: readonly Call[], objects: number, first: number): string {
  if (calls.length === 0) throw new RangeError('a script needs a request');
  const rows = calls.map(({ method, path, body, contentType }) => {
    const fields = [`method = ${quoted(method)}`, `path = ${quoted(path)}`];
    if (body !== undefined)
      fields.push(`body = ${quoted(body)}`, `type = ${quoted(contentType ?? 'application/json')}`);
    return `  { ${fields.join(', ')} },`;
  });
  return `local calls = {
${rows.join('\n')}
}
local number = ${first}
local given = {}

local function filled(text)
  return (text:gsub("{([nk])}", given))
end

function request()
  local call = calls[number % #calls + 1]
  given.n = tostring(number)
  given.k = tostring(number % ${objects})
  number = number + 1
  if call.body == nil then return wrk.format(call.method, filled(call.path)) end
  wrk.headers["content-type"] = call.type
  return wrk.format(call.method, filled(call.path), nil, filled(call.body))
end
`;
}

/** A string of Lua: between brackets that it does not hold itself, so that nothing in it has a meaning. */
function quoted(text: string): string {
  let level = '=';
  while (text.includes(`]${level}]`)) level += '=';
  // Lua drops a line break that comes first.
  return `[${level}[\n${text}]${level}]`;
}
