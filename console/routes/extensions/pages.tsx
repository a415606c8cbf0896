import { useMemo } from 'react';
import { Puzzle } from 'lucide-react';
import type { Icon } from '../../ui/icon.ts';
import type { KnownPage } from '../pages.ts';
import { viewOf } from './view.tsx';
import type { ExtensionHost } from './host.ts';
import { extensionsSection } from './messages.data.ts';
import type { ExtensionPage, ExtensionParts } from './read.ts';
import { useExtensions } from './useExtensions.ts';

/** Below everything of the console's own. */
const orderMin = 1000;

/** As the navigation and the router know pages. */
export function knownPageOf(page: ExtensionPage, scripts: readonly ExtensionParts[]): KnownPage {
  const { extension, path, scope, title, picture, order, access, route } = page;
  return {
    ...{ extension, path, scope, title, feature: 'extensions', section: extensionsSection },
    icon: picture === undefined ? Puzzle : pictureOf(picture),
    ...(order !== undefined && { order: orderMin + order }),
    ...(access && { question: access }),
    ...(route === undefined && { isLink: true as const }),
    load: async () => ({ default: viewOf(page, scripts) }),
  };
}

const pictureOf = (address: string): Icon =>
  function Picture({ size = 16 }) {
    return <img src={address} alt="" width={size} height={size} />;
  };

/** The console's own pages, and behind them those of extensions. */
export function useAllPages(own: readonly KnownPage[], host: ExtensionHost): readonly KnownPage[] {
  const { pages, scripts } = useExtensions(host);
  return useMemo(() => [...own, ...pages.map(page => knownPageOf(page, scripts))], [own, pages, scripts]);
}
