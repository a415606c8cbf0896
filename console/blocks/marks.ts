/** Display name and description: annotations on the wire, fields in a form (pure). */
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations } from '@orrery/platform-kinds/names';

export interface Marks {
  readonly alias: string;
  readonly description: string;
}

/** For something new: what was left empty is not sent. */
export const marksOf = ({ alias, description }: Marks): Record<string, string> => ({
  ...(alias.trim() !== '' && { [annotations.alias]: alias.trim() }),
  ...(description.trim() !== '' && { [annotations.description]: description.trim() }),
});

/** For a merge patch: what was emptied is taken away. */
export const marksPatch = ({ alias, description }: Marks): Record<string, string | null> => ({
  [annotations.alias]: alias.trim() || null,
  [annotations.description]: description.trim() || null,
});

/** What a form begins with. */
export const marksIn = ({
  metadata: { annotations: notes = {} },
}: KubeObject): { alias: string; description: string } => ({
  alias: notes[annotations.alias] ?? '',
  description: notes[annotations.description] ?? '',
});

export const aliasOf = (object: KubeObject): string => marksIn(object).alias || (object.metadata.name ?? '');
export const descriptionOf = (object: KubeObject): string | undefined => marksIn(object).description || undefined;
