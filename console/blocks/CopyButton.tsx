import { useEffect, useState } from 'react';
import { Button } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { useMessages } from '../ui/locale.ts';
import { common } from '../ui/messages.data.ts';
import { useClock } from '../ui/time.ts';
import { copyText } from './copy.ts';

const doneMs = 1500;

/** Puts a text into the clipboard, and says so. */
export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const t = useMessages(common);
  const clock = useClock();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = clock.after(doneMs, () => setDone(false));
    return () => timer.cancel();
  }, [done, clock]);
  const Icon = done ? Check : Copy;
  return (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={<Icon size={13} />}
      aria-label={label}
      onClick={() => void copyText(text).then(setDone)}
    >
      {t(done ? 'copied' : 'copy')}
    </Button>
  );
}
