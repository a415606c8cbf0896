/** The texts of an extension, within its pages. */
import { createContext, use } from 'react';
import { useMessages } from '../../ui/locale.ts';
import type { Messages, Text } from '../../util/messages.ts';
import type { Locales } from './read.ts';

export interface ExtensionTexts {
  readonly extension: string;
  readonly locales: Locales;
}

export const ExtensionContext = createContext<ExtensionTexts | undefined>(undefined);

/** A function from keys to texts in the user's language; values stand in them as `{{name}}`. What has no text is its key. */
export function useTexts(): (key: string, values?: Readonly<Record<string, string | number>>) => string {
  const own = use(ExtensionContext);
  if (!own) throw new Error('useTexts is for pages of extensions');
  return useMessages<Messages>(messagesOf(own));
}

/** In a namespace of its own, which another text of the script does not share. */
const messagesOf = ({ extension, locales }: ExtensionTexts): Messages => {
  const keys = [...new Set(Object.values(locales).flatMap(Object.keys))];
  const textOf = (key: string): Text => ({
    en: locales.en[key] ?? key,
    zh: locales.zh[key] ?? locales.en[key] ?? key,
  });
  return { namespace: namespaceOf(extension, locales), texts: Object.fromEntries(keys.map(key => [key, textOf(key)])) };
};

const seen = new WeakMap<Locales, string>();
let last = 0;
const namespaceOf = (extension: string, locales: Locales): string => {
  const namespace = seen.get(locales) ?? `extension/${extension}/${++last}`;
  seen.set(locales, namespace);
  return namespace;
};
