/** Files out of a container and into it: neither is JSON, so plain requests carry them. */
import { expectSuccess, withQuery } from '@orrery/client';
import { chunksOf } from '@orrery/http';
import { terminal as routes } from '@orrery/platform-contract/features';
import { useClusterData } from '../../../data/context.ts';
import { piecesOf } from './pieces.ts';

export interface FilePlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface Files {
  /** One file as it is, or an archive. Rejects with the platform's StatusError. */
  download(place: FilePlace, path: string, raw: boolean): Promise<Blob>;
  /** `onProgress` is told how many bytes are there. */
  upload(place: FilePlace, path: string, file: Blob, onProgress: (bytes: number) => void): Promise<void>;
}

export function useFiles(): Files {
  const { native } = useClusterData();
  const target = ({ namespace, pod, container }: FilePlace, query: Readonly<Record<string, string>>) =>
    withQuery(
      routes.downloadFile.paths[0]!.replace('{namespace}', encodeURIComponent(namespace)).replace(
        '{pod}',
        encodeURIComponent(pod),
      ),
      { container, ...query },
    );
  return {
    async download(place, path, raw) {
      const response = await native.raw('GET', target(place, { path, ...(raw && { raw: 'true' }) }), {
        headers: { accept: '*/*' },
      });
      await expectSuccess(response);
      // The browser puts parts that are large onto the disk.
      const parts: Blob[] = [];
      for await (const chunk of chunksOf(response.body)) parts.push(new Blob([chunk as BlobPart]));
      return new Blob(parts);
    },
    async upload(place, path, file, onProgress) {
      for (const { offset, end } of piecesOf(file.size)) {
        const body = new Uint8Array(await file.slice(offset, end).arrayBuffer());
        const response = await native.raw('POST', target(place, { path, offset: String(offset) }), {
          headers: { accept: 'application/json', 'content-type': 'application/octet-stream' },
          body,
        });
        await expectSuccess(response);
        onProgress(end);
      }
    },
  };
}
