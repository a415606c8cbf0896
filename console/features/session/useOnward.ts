/** What follows a log-in: what the one before could see is forgotten, and one goes on to where one wanted to go. */
import { useRouter } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { useData } from '../../data/context.ts';
import { isOfPlatform } from '../../util/paths.ts';

export interface Onward {
  /** Somebody is logged in now, or somebody else. */
  arrived(): void;
  /** To a page, or to an address that the platform itself answers. */
  go(path: string): void;
}

export function useOnward(): Onward {
  const router = useRouter();
  const queries = useQueryClient();
  const data = useData();
  return {
    arrived() {
      // What the one before could see is nobody else's business.
      queries.clear();
      data.reset('somebody');
    },
    go: path => (isOfPlatform(path) ? location.assign(path) : router.history.push(path)),
  };
}
