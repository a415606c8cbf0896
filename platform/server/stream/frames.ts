/** Frames on the wire: what clients may say, and ours as text. */
import type { Clock } from '@orrery/machinery/clock';
import { streamLimits, type ClientFrame } from '@orrery/platform-contract';
import type { News } from './answer.ts';

/** @throws RangeError for what is no frame: the connection is of no use any more. */
export function readFrame(bytes: Uint8Array): ClientFrame {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RangeError('frames are JSON');
  }
  if (typeof value !== 'object' || value === null) throw new RangeError('a frame is an object');
  const { op, id, route, path = {}, query = {} } = value as Record<string, unknown>;
  if (typeof id !== 'string' || id === '' || id.length > streamLimits.idLengthMax)
    throw new RangeError(`a frame has an id of at most ${streamLimits.idLengthMax} letters`);
  if (op === 'unsubscribe') return { op, id };
  if (op !== 'subscribe') throw new RangeError('a frame subscribes or unsubscribes');
  if (typeof route !== 'string' || !isTexts(path) || !isTexts(query))
    throw new RangeError('a subscription has a route, and texts in path and query');
  return { op, id, route, path, query };
}

const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every(member => typeof member === 'string');

/** Values as JSON, each made once for all who get it in the same moment. */
export interface Texts {
  of(value: unknown): string;
}

const keptMs = 1000;

export function createTexts(clock: Clock): Texts {
  const texts = new Map<unknown, string>();
  return {
    of(value) {
      let text = texts.get(value);
      if (text === undefined) {
        if (texts.size === 0) clock.after(keptMs, () => texts.clear()).unref();
        texts.set(value, (text = JSON.stringify(value)));
      }
      return text;
    },
  };
}

export function frameText(id: string, news: News, texts: Texts): string {
  const head = `{"id":${JSON.stringify(id)},"type":"${news.type}"`;
  const all = (items: readonly unknown[]) => `[${items.map(item => texts.of(item)).join(',')}]`;
  switch (news.type) {
    case 'gone':
      return `${head}}`;
    case 'object':
      return `${head},"object":${texts.of(news.object)}}`;
    case 'page':
      return `${head},"totalItems":${news.totalItems},"items":${all(news.items)}}`;
    case 'delta': {
      const { totalItems, order, changed } = news;
      return `${head},"totalItems":${totalItems},"order":${JSON.stringify(order)},"changed":${all(changed)}}`;
    }
  }
}
