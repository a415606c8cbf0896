/** sprig: defaults, choices, types. Pure. */
import { fn, type TemplateFunction } from '../template/function.ts';
import { deepCopy, deepEqual, kindOf, typeOf, type Value } from '../template/values.ts';
import { isEmptyValue } from './cast.ts';

const copy = fn('any', ([value], { count }) => deepCopy(value!, count));

export const flow: Readonly<Record<string, TemplateFunction>> = {
  default: fn('any, any...', ([otherwise, given = null]) => (isEmptyValue(given) ? otherwise! : given)),
  empty: fn('any', ([value]) => isEmptyValue(value!)),
  coalesce: fn('any...', args => args.find(value => !isEmptyValue(value)) ?? null),
  all: fn('any...', args => !args.some(isEmptyValue)),
  any: fn('any...', args => args.some(value => !isEmptyValue(value))),
  ternary: fn('any, any, bool', ([yes, no, isYes]) => (isYes ? yes! : no!)),
  deepCopy: copy,
  mustDeepCopy: copy,
  deepEqual: fn('any, any', ([a, b], { count }) => deepEqual(a!, b!, count)),
  typeOf: fn('any', ([value]) => typeOf(value!)),
  typeIs: fn('string, any', ([name, value]) => name === typeOf(value!)),
  typeIsLike: fn('string, any', ([name, value]) => [name, `*${name as string}`].includes(typeOf(value!))),
  kindOf: fn('any', ([value]): Value => kindOf(value!)),
  kindIs: fn('string, any', ([name, value]) => name === kindOf(value!)),
  hello: fn('', () => 'Hello!'),
};
