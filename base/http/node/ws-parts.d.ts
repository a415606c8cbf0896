/** The two parts of `ws` that are used: reading and building frames. */
declare module 'ws' {
  import type { Writable } from 'node:stream';

  export class Receiver extends Writable {
    constructor(options: {
      isServer: boolean;
      maxPayload?: number;
      maxFragments?: number;
      allowSynchronousEvents?: boolean;
      skipUTF8Validation?: boolean;
    });
    on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): this;
    on(event: 'ping' | 'pong', listener: (data: Buffer) => void): this;
    on(event: 'conclude', listener: (code: number, reason: Buffer) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    on(event: string, listener: (...values: never[]) => void): this;
  }

  export class Sender {
    static frame(
      data: Uint8Array,
      options: { fin: boolean; rsv1: boolean; opcode: number; mask: boolean; readOnly: boolean },
    ): Buffer[];
  }
}
