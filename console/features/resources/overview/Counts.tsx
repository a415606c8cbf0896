import { Tile, Tiles } from '../../../blocks/tiles/Tiles.tsx';
import type { Count } from '../../../blocks/tiles/parts.ts';
import { useText } from '../../../ui/locale.ts';
import { nameOf } from '../kinds/index.ts';
import { listHref, type Where } from '../links.ts';

interface CountsProps {
  readonly counts: Readonly<Record<string, Count>>;
  /** In their order; those that are not counted are left out. */
  readonly resources: readonly string[];
  readonly where: Where;
}

/** One tile per kind: how many, in which states, and the way there. */
export function Counts({ counts, resources, where }: CountsProps) {
  const text = useText();
  return (
    <Tiles columns={6}>
      {resources.map(resource => {
        const { icon, title } = nameOf(resource, true);
        const count = counts[resource];
        return <Tile key={resource} icon={icon} title={text(title)} count={count} href={listHref(resource, where)} />;
      })}
    </Tiles>
  );
}
