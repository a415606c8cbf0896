/** What the platform's search adds to the palette. */
import { useRouter } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useCluster } from '../../data/context.ts';
import type { Offer } from '../../data/session.ts';
import { groupsOf, hitHref, kindOf, showsMatch } from '../../features/search/hits.ts';
import { plainIcon } from '../../blocks/kinds/names.data.ts';
import { searchMessages } from '../../features/search/messages.data.ts';
import { lettersMin, useFound } from '../../features/search/useFound.ts';
import { useKindWord } from '../../features/search/words.ts';
import { useMessages } from '../../ui/locale.ts';
import { stringifySearch } from '../../util/url-search.ts';
import type { Choice } from './palette.ts';

const shownMax = 12;

/** The best of all objects that have the typed words, by kind and cluster, and the way to all of them. */
export function useObjects(typed: string, offer: Offer): Choice[] {
  const t = useMessages(searchMessages);
  const word = useKindWord();
  const router = useRouter();
  const here = useCluster();
  const isOn = offer.features.has('search');
  const { words, found } = useFound(typed, shownMax, isOn);
  if (!isOn || typed.trim().length < lettersMin) return [];
  const go = (href: string) => () => router.history.push(href);
  const all: Choice = {
    key: 'search',
    title: t('everywhere', { words: typed.trim() }),
    words: '',
    group: 'objects',
    hint: found && words === typed.trim() ? t('total', { count: found.totalItems }) : '',
    icon: Search,
    section: t('title'),
    run: go(`/search${stringifySearch({ q: typed.trim() })}`),
  };
  const groups = groupsOf([{ cluster: here, hits: found?.items ?? [] }]);
  const objects = groups.flatMap(({ cluster, hits }) =>
    hits.map((hit): Choice => ({
      key: hit.uid,
      title: hit.name,
      words: '',
      group: 'objects',
      hint: [showsMatch(hit) && hit.match.value, hit.namespace].filter(Boolean).join(' · '),
      icon: kindOf(hit)?.icon ?? plainIcon,
      section: t('groupIn', { kind: word(hit), cluster }),
      run: go(hitHref(hit, cluster)),
    })),
  );
  return [...objects, all];
}
