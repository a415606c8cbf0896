/** Prints docs/compatibility.md: what is served, defaulted and validated, kind by kind. */
import { catalogue } from '@orrery/kinds';
import type { KindInfo } from '@orrery/kinds';
import { semanticsOf } from '@orrery/kinds/semantics';
import type { Semantics } from '@orrery/kinds/semantics';

const depthOf = ({ isSemantic, without }: Semantics): string =>
  !isSemantic ? 'shape only' : without ? `yes, without ${without}` : 'yes';

const row = (kind: KindInfo): string => {
  const semantics = semanticsOf({ group: kind.group, version: kind.version, resource: kind.plural })!;
  const stored = kind.verbs.includes('get') && kind.verbs.includes('create');
  const depth = !stored ? '-' : depthOf(semantics);
  const subresources = kind.subresources.map(({ name }) => name).join(', ');
  return `| ${kind.kind} | ${kind.verbs.join(', ')} | ${subresources || '-'} | ${semantics.defaults ? 'yes' : '-'} | ${depth} |`;
};

/** The page's text. */
export function printCompatibility(): string {
  const sections = catalogue.groups.flatMap(({ name, versions }) =>
    versions.map(version => {
      const kinds = catalogue.kinds.filter(kind => kind.group === name && kind.version === version);
      const title = name === '' ? version : `${name}/${version}`;
      const head = '| Kind | Verbs | Subresources | Defaults | Semantic validation |\n|---|---|---|---|---|';
      return `## ${title}\n\n${head}\n${kinds.map(row).join('\n')}`;
    }),
  );
  return `# Compatibility

Written by \`node tools/gen/main.ts\`; do not edit. The catalogue is that of Kubernetes ${catalogue.file.version}: every kind below is served, and types,
metadata, unknown and duplicate fields are checked for all of them. *Shape only* means that beyond these only required fields,
enumerations and duplicate list keys are checked so far. \`-\` under *Defaults* means that the kind has none, or none yet needed.

${sections.join('\n\n')}
`;
}
