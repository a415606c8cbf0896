/** What a program calls itself, in a few words for people (pure). What it says is anybody's word. */

/** The first that fits counts: browsers name their ancestors, too. */
const programs: readonly (readonly [form: RegExp, name: string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^kubectl\b/, 'kubectl'],
  [/^curl\//, 'curl'],
];
const systems: readonly (readonly [form: RegExp, name: string])[] = [
  [/\bWindows\b/, 'Windows'],
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\b(?:Macintosh|darwin)\b/i, 'macOS'],
  [/\blinux\b/i, 'Linux'],
];

const nameIn = (table: typeof programs, text: string): string | undefined =>
  table.find(([form]) => form.test(text))?.[1];

/** E.g. `Firefox · Linux`; of what is not known its first word. */
export function agentText(userAgent: string | undefined): string {
  if (!userAgent) return '';
  const program = nameIn(programs, userAgent) ?? userAgent.split(/[/\s]/)[0]!;
  const system = nameIn(systems, userAgent);
  return system === undefined ? program : `${program} · ${system}`;
}
