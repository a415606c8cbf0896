/** What the palette offers, and what of it fits the typed words (pure). */
import type { Icon } from '../../ui/icon.ts';

export interface Choice {
  readonly key: string;
  readonly title: string;
  /** In all languages: who types the English name finds the Chinese page. */
  readonly words: string;
  readonly group: 'pages' | 'actions' | 'settings' | 'objects';
  /** Instead of the group's word: where it is. */
  readonly hint?: string;
  /** Choices of one section stand together under its name; without one they stand first. */
  readonly section?: string;
  readonly icon?: Icon;
  readonly run: () => void;
}

/** Every word must occur somewhere; those that begin a title come first. The order is otherwise as given. */
export function matching<T extends Pick<Choice, 'title' | 'words'>>(choices: readonly T[], typed: string): T[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = choices.filter(({ title, words }) => {
    const text = `${title} ${words}`.toLowerCase();
    return wanted.every(word => text.includes(word));
  });
  const begins = ({ title }: T) => wanted.length > 0 && title.toLowerCase().startsWith(wanted[0]!);
  return [...fits.filter(begins), ...fits.filter(choice => !begins(choice))];
}

/** Choices that stand together, in their order, each with its number among all. */
export const sectionsIn = <T extends Pick<Choice, 'section'>>(choices: readonly T[]) =>
  [
    ...Map.groupBy(
      choices.map((choice, index) => ({ choice, index })),
      ({ choice }) => choice.section,
    ),
  ].map(([title, entries]) => ({ title, entries }));
