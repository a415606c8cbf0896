/** The state of a small form. */
import { useState } from 'react';

export interface Fields<V extends Readonly<Record<string, string>>> {
  readonly values: V;
  readonly errors: Partial<Record<keyof V, string>>;
  set(name: keyof V & string, value: string): void;
  fail(errors: Partial<Record<keyof V, string>>): void;
  reset(): void;
  /** For an input of Mantine's: value, error and change. */
  input(name: keyof V & string): {
    readonly name: string;
    readonly value: string;
    readonly error: string | undefined;
    onChange(event: { readonly currentTarget: { readonly value: string } }): void;
  };
}

/** An error stays at its field until the field is changed. */
export function useFields<V extends Readonly<Record<string, string>>>(initial: V): Fields<V> {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Partial<Record<keyof V, string>>>({});
  const set = (name: keyof V & string, value: string) => {
    setValues(before => ({ ...before, [name]: value }));
    setErrors(({ [name]: _known, ...others }) => others as Partial<Record<keyof V, string>>);
  };
  return {
    values,
    errors,
    set,
    fail: setErrors,
    reset() {
      setValues(initial);
      setErrors({});
    },
    input: name => ({
      name,
      value: values[name] ?? '',
      error: errors[name],
      onChange: event => set(name, event.currentTarget.value),
    }),
  };
}
