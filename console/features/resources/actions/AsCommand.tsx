import { ChevronRight } from 'lucide-react';
import { CopyButton } from '../../../blocks/CopyButton.tsx';
import { useCluster } from '../../../data/context.ts';
import { hostCluster } from '../../../data/data.ts';
import { inCluster } from '@orrery/platform-contract';
import { useMessages } from '../../../ui/locale.ts';
import { scrollable } from '../../../ui/scrollable.ts';
import { messages } from '../messages.data.ts';
import styles from '../resources.module.css';
import { curlOf, type Write } from './calls.ts';

/** What one would type instead: nothing here is done in a way that is not open to everybody. */
export function AsCommand({ write }: { readonly write: Write }) {
  const t = useMessages(messages);
  const cluster = useCluster();
  const target = cluster === hostCluster ? write.target : inCluster(write.target, cluster);
  return (
    <details className={styles.command}>
      <summary>
        <ChevronRight size={13} aria-hidden="true" />
        {t('asCommand')}
      </summary>
      {(['kubectl', 'curl'] as const).map(tool => {
        const text = tool === 'kubectl' ? write.kubectl : curlOf({ ...write, target }, location.origin);
        return (
          <div key={tool} className={styles.commandLine}>
            <pre {...scrollable}>{text}</pre>
            <CopyButton text={text} label={t('copyCommand', { tool })} />
          </div>
        );
      })}
    </details>
  );
}
