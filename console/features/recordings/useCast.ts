/** The recording itself: no JSON, so it is read by a plain request. */
import { expectSuccess } from '@orrery/client';
import { readBody } from '@orrery/http';
import { terminal } from '@orrery/platform-contract/features';
import { useQuery } from '@tanstack/react-query';
import { saveBlob } from '../../blocks/save.ts';
import { useClusterData } from '../../data/context.ts';

export interface CastText {
  readonly text: string | undefined;
  readonly error: Error | null;
  again(): void;
}

/** Rejects with the platform's StatusError. */
export function useReadCast(): (id: string) => Promise<string> {
  const { native } = useClusterData();
  return async id => {
    const target = terminal.cast.paths[0]!.replace('{recording}', encodeURIComponent(id));
    const response = await native.raw('GET', target, { headers: { accept: '*/*' } });
    await expectSuccess(response);
    return new TextDecoder().decode(await readBody(response.body));
  };
}

export function useCast(id: string): CastText {
  const { cluster } = useClusterData();
  const read = useReadCast();
  const { data, error, refetch } = useQuery({ queryKey: [cluster, 'cast', id], queryFn: () => read(id) });
  return { text: data, error, again: () => void refetch() };
}

/** Gives a recording to the browser as a file. */
export const saveCast = (text: string, id: string): void =>
  saveBlob(new Blob([text], { type: 'application/x-asciicast' }), `${id}.cast`);
