export type { SpdyHeaders } from './spdy/headers.ts';
export { createSpdySession, type SpdyOptions, type SpdySession } from './spdy/session.ts';
export type { SpdyStream } from './spdy/stream.ts';
