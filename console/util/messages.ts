/** Texts in both languages side by side: a missing translation is a type error. */

export type Language = 'en' | 'zh';
export const languages: Readonly<Record<Language, string>> = { en: 'English', zh: '简体中文' };

/** One text in all languages. */
export type Text = Readonly<Record<Language, string>>;

/** Keys that end in `_one` and `_other` are forms of one message; the number is passed as `count`. */
export interface Messages<K extends string = string> {
  readonly namespace: string;
  readonly texts: Readonly<Record<K, Text>>;
}

/** What a component may ask for: the forms of a number are one key. */
export type MessageKey<M> = M extends Messages<infer K> ? WithoutForm<K> : never;
type WithoutForm<K extends string> = K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K;

export const text = (en: string, zh: string): Text => ({ en, zh });

/** `namespace` is the feature's name. Values stand in the text as `{{name}}`. */
export const defineMessages = <const K extends string>(
  namespace: string,
  texts: Readonly<Record<K, Text>>,
): Messages<K> => ({ namespace, texts });

/** The texts of one language, as i18next keeps them. */
export const bundleOf = ({ texts }: Messages, language: Language): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text[language]]));

/** The first of the browser's languages that we speak; English unless there is one. */
export const preferredLanguage = (wanted: readonly string[]): Language => {
  for (const tag of wanted) {
    const [primary = ''] = tag.toLowerCase().split('-');
    if (primary in languages) return primary as Language;
  }
  return 'en';
};
