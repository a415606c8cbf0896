/** The language, and the texts in it. */
import { useEffect } from 'react';
import { createInstance } from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import {
  bundleOf,
  languages,
  preferredLanguage,
  type Language,
  type MessageKey,
  type Messages,
  type Text,
} from '../util/messages.ts';
import { remember, remembered } from './remember.ts';

const chosenKey = 'orrery.language';

export async function startLocale(): Promise<void> {
  const chosen = remembered(chosenKey);
  const language = chosen && chosen in languages ? (chosen as Language) : preferredLanguage(navigator.languages);
  document.documentElement.lang = language;
  await createInstance()
    .use(initReactI18next)
    .init({
      lng: language,
      resources: {},
      keySeparator: false,
      nsSeparator: false,
      // React escapes.
      interpolation: { escapeValue: false },
      react: { useSuspense: false },
    });
}

export function useLanguage(): [Language, (language: Language) => void] {
  const { i18n } = useTranslation();
  const choose = (language: Language) => {
    remember(chosenKey, language);
    document.documentElement.lang = language;
    void i18n.changeLanguage(language);
  };
  return [i18n.language as Language, choose];
}

/** The language that an account keeps, in a browser where nobody has chosen one. */
export function useAccountLanguage(tag: string | undefined): void {
  const [language, choose] = useLanguage();
  useEffect(() => {
    if (tag === undefined || remembered(chosenKey) !== undefined) return;
    const wanted = preferredLanguage([tag]);
    if (wanted !== language) choose(wanted);
  }, [tag, language, choose]);
}

export type Translate<M> = (key: MessageKey<M>, values?: Readonly<Record<string, string | number>>) => string;

/** The texts of one feature in the user's language. */
export function useMessages<M extends Messages<never> | Messages>(messages: M): Translate<M> {
  const { i18n } = useTranslation();
  const { namespace } = messages;
  for (const language of Object.keys(languages) as Language[])
    if (!i18n.hasResourceBundle(language, namespace))
      i18n.addResourceBundle(language, namespace, bundleOf(messages as Messages, language));
  return (key, values) => i18n.t(key as string, { ns: namespace, ...values });
}

/** Picks the user's language out of a text in all languages. */
export function useText(): (text: Text) => string {
  const [language] = useLanguage();
  return text => text[language];
}
