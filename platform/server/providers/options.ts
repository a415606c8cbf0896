/** Options of providers, under KubeSphere's names. */
import { fieldsAt, flagAt, textAt, type Fields } from '../config/document.ts';
import type { EgressRequest } from '../egress/egress.ts';

/** @throws TypeError */
export function required(options: Fields, name: string): string {
  const value = textAt(options, name);
  if (value === undefined) throw new TypeError(`the option ${name} is missing`);
  return value;
}

export interface Endpoint {
  readonly authURL?: string;
  readonly tokenURL?: string;
  readonly userInfoURL?: string;
  readonly jwksURL?: string;
}

export function endpointOf(options: Fields): Endpoint {
  const given = fieldsAt(options, 'endpoint');
  const names = ['authURL', 'tokenURL', 'userInfoURL', 'jwksURL'] as const;
  return Object.fromEntries(
    names.flatMap(name => (textAt(given, name) === undefined ? [] : [[name, textAt(given, name)]])),
  );
}

/** PEM from `rootCAData`, which is Base64. Paths of files are other machines' business. */
export function authorityOf(options: Fields): string | undefined {
  const text = textAt(options, 'rootCAData');
  try {
    return text === undefined ? undefined : atob(text);
  } catch {
    throw new TypeError('the option rootCAData is no Base64');
  }
}

/** How the provider's certificate is judged. */
export const trustOf = (options: Fields): Pick<EgressRequest, 'ca' | 'insecureSkipTlsVerify'> => {
  const ca = authorityOf(options);
  return {
    ...(ca !== undefined && { ca }),
    ...(flagAt(options, 'insecureSkipVerify') === true && { insecureSkipTlsVerify: true }),
  };
};
