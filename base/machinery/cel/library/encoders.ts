/** base64 (cel-go `ext/encoders`), and the escape of JSON pointers for mutating policies. */
import { overload } from '../environment.ts';
import type { Library } from '../environment.ts';
import { fail } from '../values.ts';

const base64Text = /^[A-Za-z0-9+/]*={0,2}$/;

export const encoders: Library = [
  overload('base64_decode_string', 'base64.decode(string): bytes', ([text]) =>
    base64Text.test(text as string)
      ? new Uint8Array(Buffer.from(text as string, 'base64'))
      : fail('illegal base64 data at input byte '.concat(String((text as string).search(/[^A-Za-z0-9+/=]/)))),
  ),
  overload('base64_encode_bytes', 'base64.encode(bytes): string', ([bytes]) =>
    Buffer.from(bytes as Uint8Array).toString('base64'),
  ),
];

/** For environments whose expressions make JSON patches. */
export const jsonPatches: Library = [
  overload('string_jsonpatch_escapeKey_string', 'jsonpatch.escapeKey(string): string', ([key]) =>
    (key as string).replaceAll('~', '~0').replaceAll('/', '~1'),
  ),
];
