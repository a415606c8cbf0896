/** Scripts of extensions in the browser: from this platform, by the policy of the page from nowhere else. */
import type { ExtensionBundle } from '@orrery/platform-contract/features';

/** Runs a script, with what it imports at hand and its styles in the page. Rejects with what the browser says. */
export async function loadScript({ link, hash, style }: ExtensionBundle): Promise<unknown> {
  const { share } = await import('./shared.ts');
  share();
  if (style !== undefined) addStyle(style);
  // A module is run once for each address: another text needs another one.
  return import(/* @vite-ignore */ `${link}?hash=${encodeURIComponent(hash)}`);
}

/** A module that has run stays; its styles go. */
export function forgetScript({ style }: ExtensionBundle): void {
  if (style !== undefined) for (const element of stylesAt(style)) element.remove();
}

const stylesAt = (href: string): HTMLLinkElement[] =>
  [...document.querySelectorAll<HTMLLinkElement>('link[data-extension]')].filter(
    element => element.getAttribute('href') === href,
  );

function addStyle(href: string): void {
  if (stylesAt(href).length > 0) return;
  const element = document.createElement('link');
  Object.assign(element, { rel: 'stylesheet', href });
  element.dataset['extension'] = '';
  document.head.append(element);
}
