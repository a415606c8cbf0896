/** How watch events look on the wire, per form asked for. */
import { watchFrame } from '@orrery/kinds/protobuf';
import { apiVersionOf } from '@orrery/machinery/meta';
import type { KubeObject } from '@orrery/machinery/meta';
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
import { encodeProtobuf } from './protobuf.ts';
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
    bookmark: (revision, end) => jsonEvent('BOOKMARK', bookmarkOf(info, revision, end)),
    error: status => jsonEvent('ERROR', status),
  };
}

/** Frames one event. */
type Framer = (type: string, object: unknown) => Uint8Array;

const jsonEvent: Framer = (type, object) => encodeText(`${JSON.stringify({ type, object })}\n`);
const protobufEvent: Framer = (type, object) => watchFrame(type, encodeProtobuf(object as KubeObject));

/** How many forms of tables there were. */
let tables = 0;

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
  event: Framer,
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
  const event = media.format === 'protobuf' ? protobufEvent : jsonEvent;
  switch (media.view) {
    case 'Table': {
      // Only the first event names the columns: each watcher has a form of its own.
      let isFirst = true;
      const table = (object: KubeObject, revision: number, shown: IncludeObject): unknown => {
        const metadata = { resourceVersion: String(revision) };
        const withColumns = isFirst;
        isFirst = false;
        return tableOf(info, [object], metadata, viewVersion, shown, clock.now(), withColumns);
      };
      return objectForm(
        info,
        event,
        `table ${++tables}`,
        (_type, entry, revision) => table(servedObject(info, entry, revision), revision, include),
        (revision, end) => {
          const shown = end && include === 'None' ? 'Metadata' : include;
          return table(bookmarkOf(info, revision, end) as unknown as KubeObject, revision, shown);
        },
      );
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return objectForm(
        info,
        event,
        `metadata ${viewVersion} ${media.format}`,
        (_type, entry, revision) => partialMetadata(servedObject(info, entry, revision), viewVersion),
        (revision, end) => partialMetadata(bookmarkOf(info, revision, end) as never, viewVersion),
      );
    case '':
      if (info.conversion === undefined && media.format === 'json') return splicedForm(info);
      return objectForm(
        info,
        event,
        `converted ${media.format}`,
        (_type, entry, revision) => servedObject(info, entry, revision),
        (revision, end) => bookmarkOf(info, revision, end),
      );
  }
}
