/** One's own profile on the wire (pure). */
import type { User } from '@orrery/platform-kinds/types';
import { preferredLanguage, type Language } from '../../util/messages.ts';

/** The tags that KubeSphere keeps; other tools read them, too. */
const tags: Readonly<Record<Language, string>> = { en: 'en-US', zh: 'zh-CN' };

export interface ProfileForm {
  readonly displayName: string;
  readonly email: string;
  readonly language: string;
}

/** What the form begins with; `now` is the language of this page, for who has chosen none. */
export const formOf = (
  { spec: { displayName = '', email = '', lang } }: User,
  now: Language,
): { displayName: string; email: string; language: string } => ({
  displayName,
  email,
  language: lang ? preferredLanguage([lang]) : now,
});

export const profileOf = ({ displayName, email, language }: ProfileForm) => ({
  displayName: displayName.trim(),
  email: email.trim(),
  lang: tags[language as Language],
});

/** Where the platform's complaints about a field are to be shown. */
export const profileFields = { displayName: 'displayName', email: 'spec.email', language: 'lang' } as const;
