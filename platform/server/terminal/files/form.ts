/** Files in a form (`multipart/form-data`, RFC 7578), as browsers send them. Pure. */
import { badRequest } from '@orrery/machinery/status';
import { checkName } from './names.ts';

export interface SentFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const filesMax = 64;
const latin = new TextDecoder('latin1');
const utf8 = new TextDecoder('utf-8');

/** @throws StatusError 400 for what is no form, and for names that are none. */
export function filesIn(contentType: string, body: Uint8Array): SentFile[] {
  const boundary = /boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw badRequest('the form has no boundary');
  // Letters of one byte each: places in the text are places in the bytes.
  const text = latin.decode(body);
  const line = `--${mark}`;
  const files: SentFile[] = [];
  let at = text.indexOf(line);
  if (at !== 0 && text.slice(Math.max(0, at - 2), at) !== '\r\n') throw badRequest('the body is no form');
  while (at >= 0 && text.slice(at + line.length, at + line.length + 2) !== '--') {
    const headEnd = text.indexOf('\r\n\r\n', at);
    const next = text.indexOf(`\r\n${line}`, headEnd < 0 ? at : headEnd + 2);
    if (headEnd < 0 || next < 0) throw badRequest('the form broke off');
    const head = utf8.decode(body.subarray(at + line.length, headEnd));
    const name = /\bfilename="((?:[^"\\]|\\.)*)"/i.exec(head)?.[1];
    if (name !== undefined) {
      if (files.length === filesMax) throw badRequest(`a form holds at most ${filesMax} files`);
      files.push({ name: checkName(name.replaceAll(/\\(.)/g, '$1')), bytes: body.subarray(headEnd + 4, next) });
    }
    at = next + 2;
  }
  if (files.length === 0) throw badRequest('the form has no file');
  return files;
}
