import { ageStepMs, ageText } from '../util/age.ts';
import { useLanguage } from './locale.ts';
import { useNow } from './time.ts';

/** How long ago `time` (RFC 3339) was; the whole date when pointed at. */
export function Age({ time }: { readonly time: string | undefined }) {
  const since = Date.parse(time ?? '');
  const [language] = useLanguage();
  const now = useNow(60_000);
  const fine = useNow(ageStepMs(now - since));
  if (Number.isNaN(since)) return <span>–</span>;
  const whole = new Date(since).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'medium' });
  return (
    <time dateTime={time} title={whole}>
      {ageText(Math.max(now, fine) - since)}
    </time>
  );
}
