import { lazy, Suspense } from 'react';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import type { EditorProps } from './Editor.tsx';
import styles from './yaml.module.css';

const Editor = lazy(() => import('./Editor.tsx'));

/** YAML to read or to write, as high as `height` says (CSS). */
export function YamlEditor({ height = '60vh', ...props }: EditorProps & { readonly height?: string }) {
  const t = useMessages(common);
  return (
    <div className={styles.frame} style={{ height }}>
      <Suspense fallback={<p className={styles.waiting}>{t('waiting')}</p>}>
        <Editor {...props} />
      </Suspense>
    </div>
  );
}
