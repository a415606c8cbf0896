/** What the platform's configuration says of terminals (`terminal` in KubeSphere's file), read for each use. */
import { parseQuantity, toNumber } from '@orrery/machinery/quantity';
import { countAt, fieldsAt, flagAt, textAt, type Fields } from '../config/document.ts';

export interface TerminalOptions {
  /** With kubectl and a shell; without it there is no kubectl terminal. */
  readonly kubectlImage?: string;
  /** With nsenter; a node's own tools are used unless given. */
  readonly nodeImage?: string;
  /** Of the pod of a node's terminal, whatever happens. */
  readonly nodeSecondsMax: number;
  readonly uploadBytesMax: number;
  readonly downloadBytesMax: number;
  readonly isRecorded: boolean;
  readonly recordingBytesMax: number;
  readonly recordingsBytesMax: number;
  readonly recordingsKeptMs: number;
}

const megabyte = 1024 * 1024;
const dayMs = 24 * 3600 * 1000;

function bytesAt(fields: Fields, name: string, otherwise: number): number {
  const text = textAt(fields, name);
  if (text === undefined) return otherwise;
  try {
    return Math.max(0, toNumber(parseQuantity(text)));
  } catch {
    return otherwise;
  }
}

export function readTerminalOptions(terminal: Fields): TerminalOptions {
  const recording = fieldsAt(terminal, 'recording');
  // 4.x has them apart; 3.x has one image, for nodes.
  const kubectlImage = textAt(fieldsAt(terminal, 'kubectl'), 'image');
  const nodeImage = textAt(fieldsAt(terminal, 'node'), 'image') ?? textAt(terminal, 'image');
  return {
    ...(kubectlImage && { kubectlImage }),
    ...(nodeImage && { nodeImage }),
    nodeSecondsMax: 8 * 3600,
    uploadBytesMax: bytesAt(terminal, 'uploadFileLimit', 100 * megabyte),
    downloadBytesMax: bytesAt(terminal, 'downloadFileLimit', 1024 * megabyte),
    isRecorded: flagAt(recording, 'enabled') ?? true,
    recordingBytesMax: bytesAt(recording, 'sizeLimit', 8 * megabyte),
    recordingsBytesMax: bytesAt(recording, 'totalLimit', 64 * megabyte),
    recordingsKeptMs: (countAt(recording, 'retentionDays') ?? 30) * dayMs,
  };
}
