/** The frames of a terminal, as KubeSphere's: JSON text messages. */

/** What both sides say. Clients: `stdin` with Data, `resize` with Rows and Cols. The server: `stdout` with Data, `toast` for people. */
export interface TerminalFrame {
  readonly Op: 'stdin' | 'resize' | 'stdout' | 'toast';
  readonly Data?: string;
  readonly Rows?: number;
  readonly Cols?: number;
}

export const terminalLimits = {
  /** Of one frame from a client, in bytes. */
  frameBytesMax: 64 * 1024,
  sideMax: 2000,
} as const;
