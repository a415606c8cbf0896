export {
  decodeStatus,
  encodeStatus,
  exitCodeOf,
  exitStatus,
  failureStatus,
  type CommandStatus,
} from './command-status.ts';
export { defaultLimits, type Limits } from './limits.ts';
export { acceptPortForward, openPortForward, type ForwardedConnection, type PortForward } from './portforward.ts';
export {
  acceptRemoteCommand,
  acceptSpdy,
  commandStreamsOf,
  failCommand,
  type CommandStreams,
  type RemoteCommand,
  type TerminalSize,
} from './remotecommand.ts';
export { openRemoteCommand, relayCommand, type OpenCommand, type OpenOptions } from './remotecommand-client.ts';
export { serve, type HttpServer, type ServeOptions, type TlsIdentity } from './server.ts';
export { createSpdySession, type SpdyHeaders, type SpdyOptions, type SpdySession, type SpdyStream } from './spdy.ts';
export { duplexOf, sinkOf } from './streams.ts';
export {
  acceptWebSocket,
  asksWebSocket,
  createWebSocket,
  tunnelOf,
  type WebSocketConnection,
  type WebSocketOptions,
} from './websocket.ts';
