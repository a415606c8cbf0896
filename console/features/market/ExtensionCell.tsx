import { Link } from '@tanstack/react-router';
import { Blocks } from 'lucide-react';
import type { Extension } from '@orrery/platform-kinds/types';
import { useLanguage } from '../../ui/locale.ts';
import { pathTo } from '../../util/paths.ts';
import { aboutOf, pictureOf, titleOf } from './market.ts';
import styles from './market.module.css';

/** Its picture, what it is called and what it is for. */
export function ExtensionCell({ extension }: { readonly extension: Extension }) {
  const [language] = useLanguage();
  const picture = pictureOf(extension);
  return (
    <span className={styles.extension}>
      {picture ? <img src={picture} alt="" width={28} height={28} /> : <Blocks size={24} strokeWidth={1.5} />}
      <span className={styles.words}>
        <Link to={pathTo('/extensions/$extension', { extension: extension.metadata.name ?? '' })} tabIndex={-1}>
          {titleOf(extension, language)}
        </Link>
        <small>{aboutOf(extension, language)}</small>
      </span>
    </span>
  );
}
