/** Where a link in a text of others may lead (pure): to the web, and nowhere else. Undefined for all others, which are then no links. */
export function linkOf(href: string): string | undefined {
  if (!/^https?:\/\//i.test(href)) return undefined;
  try {
    return new URL(href).href;
  } catch {
    return undefined;
  }
}
