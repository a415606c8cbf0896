/** How watch events look on the wire, per form asked for. */
import { apiVersionOf } from '@orrery/machinery/meta';
import type { Clock } from '@orrery/machinery/clock';
import type { Entry } from '@orrery/store';
import { freshValue } from '../registry/fresh.ts';
import type { EventForm, EventType } from '../registry/hub.ts';
import { encodeText } from '../registry/json.ts';
import { spliceAt } from '../registry/record.ts';
import { prefixesOf } from '../registry/resource.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import type { Media } from './negotiate.ts';
import { partialMetadata } from './partial.ts';
import { servedObject } from './render.ts';
import { tableOf } from './table.ts';
import type { IncludeObject } from './table.ts';

const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' };

/** Stored bytes spliced into the event: nothing is parsed. */
function splicedForm(info: ResourceInfo): EventForm {
  const { single } = prefixesOf(info);
  return {
    key: `json ${info.group}/${info.version}`,
    encode(type, entry, revision) {
      const head = `{"type":"${type}","object":${single}${revision}",`;
      const value = freshValue(info, entry);
      const buffer = Buffer.allocUnsafe(head.length + value.length - spliceAt + 2);
      const at = buffer.write(head, 0, 'latin1');
      buffer.set(value.subarray(spliceAt), at);
      buffer.write('}\n', buffer.length - 2, 'latin1');
      return buffer;
    },
    bookmark: (revision, end) => event('BOOKMARK', bookmarkOf(info, revision, end)),
    error: status => event('ERROR', status),
  };
}

const event = (type: string, object: unknown): Uint8Array => encodeText(`${JSON.stringify({ type, object })}\n`);

function bookmarkOf(info: ResourceInfo, revision: number, end: boolean): Record<string, unknown> {
  const metadata = {
    resourceVersion: String(revision),
    ...(end && { annotations: initialEventsEnd }),
  };
  return { kind: info.kind, apiVersion: apiVersionOf(info), metadata };
}

/** Objects are parsed once per event and form. */
function objectForm(
  info: ResourceInfo,
  key: string,
  show: (type: EventType, entry: Entry, revision: number) => unknown,
  bookmark: (revision: number, end: boolean) => unknown,
): EventForm {
  return {
    key: `${key} ${info.group}/${info.version}`,
    encode: (type, entry, revision) => event(type, show(type, entry, revision)),
    bookmark: (revision, end) => event('BOOKMARK', bookmark(revision, end)),
    error: status => event('ERROR', status),
  };
}

/** The form of a watch's events. */
export function eventFormOf(info: ResourceInfo, media: Media, include: IncludeObject, clock: Clock): EventForm {
  const { viewVersion } = media;
  switch (media.view) {
    case 'Table': {
      const table = (entry: Entry, revision: number): unknown => {
        const object = servedObject(info, entry, revision);
        const metadata = { resourceVersion: String(revision) };
        return tableOf(info, [object], metadata, viewVersion, include, clock.now(), true);
      };
      const bookmark = (revision: number, end: boolean): unknown => ({
        kind: 'Table',
        apiVersion: `meta.k8s.io/${viewVersion}`,
        metadata: { resourceVersion: String(revision) },
        columnDefinitions: info.table.columns,
        rows: [
          {
            cells: info.table.columns.map(() => null),
            object: partialMetadata(bookmarkOf(info, revision, end) as never, viewVersion),
          },
        ],
      });
      return objectForm(
        info,
        `table ${viewVersion} ${include}`,
        (_type, entry, revision) => table(entry, revision),
        bookmark,
      );
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return objectForm(
        info,
        `metadata ${viewVersion}`,
        (_type, entry, revision) => partialMetadata(servedObject(info, entry, revision), viewVersion),
        (revision, end) => partialMetadata(bookmarkOf(info, revision, end) as never, viewVersion),
      );
    case '':
      if (info.conversion === undefined) return splicedForm(info);
      return objectForm(
        info,
        'converted',
        (_type, entry, revision) => servedObject(info, entry, revision),
        (revision, end) => bookmarkOf(info, revision, end),
      );
  }
}
