/** Running commands beside a container's main process, and their streams. */

export interface ExecSyncResult {
  exitCode: number;
  stdout: Uint8Array;
  stderr: Uint8Array;
}

export interface StreamOptions {
  stdin: boolean;
  stdout: boolean;
  /** Ignored with `tty`: a terminal has one output. */
  stderr: boolean;
  tty: boolean;
}

export interface TerminalSize {
  width: number;
  height: number;
}

/** How a streamed process ended. */
export interface ProcessExit {
  /** Absent after attach, and when the runtime could not tell. */
  exitCode?: number;
  /** Set when it failed for another reason than its exit code. */
  error?: string;
}

/** Live streams of a process. Web streams, so that bridging to a WebSocket or SPDY peer carries back-pressure. */
export interface ProcessStreams {
  /** Present iff asked for. Closing it is end-of-file for the process. */
  readonly stdin?: WritableStream<Uint8Array>;
  /** Present iff asked for. Must be read (or cancelled), else the process stalls. */
  readonly stdout?: ReadableStream<Uint8Array>;
  readonly stderr?: ReadableStream<Uint8Array>;
  /** Only with a terminal; otherwise ignored. */
  resize(size: TerminalSize): void;
  /** Settles after the outputs have ended; never rejects. */
  readonly exit: Promise<ProcessExit>;
  /** Drops the connection; the process gets no more input and may be killed by the runtime. Harmless afterwards. */
  close(): void;
}

/** Both directions of one forwarded connection. */
export interface ByteStreams {
  readonly readable: ReadableStream<Uint8Array>;
  /** Closing it half-closes the connection. */
  readonly writable: WritableStream<Uint8Array>;
  close(): void;
}
