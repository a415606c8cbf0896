export { defaultLimits, type Limits } from './limits.ts';
export { serve, type HttpServer, type ServeOptions, type TlsIdentity } from './server.ts';
export { duplexOf, sinkOf } from './streams.ts';
