/** Prints docs/security.md: each attack case with the tests that show what becomes of it. */
import type { AttackCase } from './attacks.data.ts';
import { attackCases } from './attacks.data.ts';

/** In a cell a bar would end it. */
const cell = (text: string): string => text.replaceAll('|', '\\|').trim();

function row({ id, attack, shown, missing }: AttackCase): string {
  const tests = shown.flatMap(({ file, tests: names }) => {
    const link = `[${file.split('/').slice(-2).join('/')}](../${file})`;
    return names.map(name => `${link}: ${cell(name)}`);
  });
  return `| ${id} | ${cell(attack)} | ${tests.join('<br>')} | ${missing ? cell(missing) : '-'} |`;
}

/** The page's text. */
export const printSecurity = (): string => `# Attack cases

Written by \`node tools/gen/main.ts\`; do not edit. Each case was seen in an audit or an advisory of Kubernetes or its peers. A test named here exists
under that name (\`tools/gen/security.test.ts\` looks); names that end early are of tests with many rows. What no test shows is in the last column.

| Case | What is tried | Shown by | Not shown |
|---|---|---|---|
${attackCases.map(row).join('\n')}
`;
