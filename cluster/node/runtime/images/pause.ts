/**
 * The pause image, made here: the process that holds a pod's namespaces. It blocks SIGINT, SIGTERM and SIGCHLD and waits for them
 * (rt_sigtimedwait), which also works as PID 1: on SIGCHLD it reaps every orphan that has ended, on the other two it exits.
 * About 300 bytes of machine code, so that no image has to be pulled before the first pod.
 */
import { createHash } from 'node:crypto';
import { writeTar } from './tar.ts';
import { memoryBlob, type ImageBundle } from './bundle.ts';

export type Architecture = 'amd64' | 'arm64';

/** Under `.invalid`, which is reserved: no registry can ever answer for it. */
export const pauseImage = 'orrery.invalid/pause:1';

/** SIGINT, SIGTERM, SIGCHLD as a kernel signal set: bit number minus one. */
const awaited = (1 << (2 - 1)) | (1 << (15 - 1)) | (1 << (17 - 1));

/** Instructions with jumps to labels, resolved when the program is complete. */
interface Program {
  bytes: number[];
  labels: Map<string, number>;
  jumps: { at: number; label: string; write(from: number, to: number): void }[];
}

const newProgram = (): Program => ({ bytes: [], labels: new Map(), jumps: [] });

function finish(program: Program): Uint8Array {
  for (const { at, label, write } of program.jumps) write(at, program.labels.get(label)!);
  return Uint8Array.from(program.bytes);
}

/** The program for x86-64. Arguments go in rdi, rsi, rdx, r10; the number of the system call in rax. */
function amd64(): Uint8Array {
  const program = newProgram();
  const { bytes, labels, jumps } = program;
  const emit = (...code: number[]) => void bytes.push(...code);
  const word = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
  const label = (name: string) => void labels.set(name, bytes.length);
  /** A short jump: its offset counts from the next instruction. */
  const jump = (opcode: number, to: string) => {
    emit(opcode, 0);
    jumps.push({
      at: bytes.length,
      label: to,
      write: (from, target) => void (bytes[from - 1] = (target - from) & 255),
    });
  };
  const call = (number: number) => emit(0xb8, ...word(number), 0x0f, 0x05); // mov eax, number; syscall
  const zero = { rdi: [0x31, 0xff], rsi: [0x31, 0xf6], rdx: [0x31, 0xd2], r10: [0x45, 0x31, 0xd2] };
  const setSize = [0x41, 0xba, ...word(8)]; // mov r10d, 8

  emit(0x68, ...word(awaited)); // push the signal set
  emit(...zero.rdi, 0x48, 0x89, 0xe6, ...zero.rdx, ...setSize); // SIG_BLOCK, rsi = rsp
  call(14); // rt_sigprocmask
  label('wait');
  emit(0x48, 0x89, 0xe7, ...zero.rsi, ...zero.rdx, ...setSize); // rdi = rsp
  call(128); // rt_sigtimedwait
  emit(0x83, 0xf8, 17); // cmp eax, SIGCHLD
  jump(0x74, 'reap'); // je
  emit(0x83, 0xf8, 2);
  jump(0x74, 'exit');
  emit(0x83, 0xf8, 15);
  jump(0x75, 'wait'); // jne: interrupted
  label('exit');
  emit(...zero.rdi);
  call(231); // exit_group
  label('reap');
  emit(0x6a, 0xff, 0x5f, ...zero.rsi, 0xba, ...word(1), ...zero.r10); // any child, WNOHANG
  call(61); // wait4
  emit(0x85, 0xc0); // test eax, eax
  jump(0x7f, 'reap'); // jg
  jump(0xeb, 'wait');
  return finish(program);
}

/** The same for AArch64. Arguments go in x0 to x3, the number of the system call in x8. */
function arm64(): Uint8Array {
  const program = newProgram();
  const { bytes, labels, jumps } = program;
  const emit = (code: number) => void bytes.push(code & 255, (code >>> 8) & 255, (code >>> 16) & 255, code >>> 24);
  const label = (name: string) => void labels.set(name, bytes.length);
  const move = (register: number, value: number) => emit((0xd2800000 | (value << 5) | register) >>> 0); // movz
  const call = (number: number) => {
    move(8, number);
    emit(0xd4000001); // svc 0
  };
  const stackPointerTo = (register: number) => emit((0x91000000 | (31 << 5) | register) >>> 0); // add x, sp, 0
  const compare = (value: number) => emit((0x71000000 | (value << 10) | 31) >>> 0); // cmp w0, value
  /** Offsets count instructions from the jump itself. */
  const jump = (opcode: number, shift: number, mask: number, to: string) => {
    const write = (from: number, target: number) => {
      const code = (opcode | ((((target - from) / 4) & mask) << shift)) >>> 0;
      bytes.splice(from, 4, code & 255, (code >>> 8) & 255, (code >>> 16) & 255, code >>> 24);
    };
    jumps.push({ at: bytes.length, label: to, write });
    emit(0);
  };
  const jumpIf = (condition: 'eq' | 'ne' | 'gt', to: string) =>
    jump(0x54000000 | { eq: 0, ne: 1, gt: 12 }[condition], 5, 0x7ffff, to);

  move(9, awaited & 0xffff);
  emit((0xf2a00000 | ((awaited >> 16) << 5) | 9) >>> 0); // movk x9, high half, lsl 16
  emit(0xf81f0fe9); // str x9, [sp, -16]!
  move(0, 0); // SIG_BLOCK
  stackPointerTo(1);
  move(2, 0);
  move(3, 8);
  call(135); // rt_sigprocmask
  label('wait');
  stackPointerTo(0);
  move(1, 0);
  move(2, 0);
  move(3, 8);
  call(137); // rt_sigtimedwait
  compare(17);
  jumpIf('eq', 'reap');
  compare(2);
  jumpIf('eq', 'exit');
  compare(15);
  jumpIf('ne', 'wait');
  label('exit');
  move(0, 0);
  call(94); // exit_group
  label('reap');
  emit(0x92800000); // movn x0, 0: any child
  move(1, 0);
  move(2, 1); // WNOHANG
  move(3, 0);
  call(260); // wait4
  compare(0);
  jumpIf('gt', 'reap');
  jump(0x14000000, 0, 0x3ffffff, 'wait');
  return finish(program);
}

const machines: Readonly<Record<Architecture, { number: number; code: () => Uint8Array }>> = {
  amd64: { number: 62, code: amd64 },
  arm64: { number: 183, code: arm64 },
};

/** The pause program as a static ELF executable: header, two program headers, code. */
export function pauseProgram(architecture: Architecture): Uint8Array {
  const { number, code } = machines[architecture];
  const instructions = code();
  const base = 0x400000n;
  const start = 64 + 2 * 56;
  const size = BigInt(start + instructions.length);
  const file = new Uint8Array(start + instructions.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELF, 64 bits, little endian, version 1
  view.setUint16(16, 2, true); // executable
  view.setUint16(18, number, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, base + BigInt(start), true); // entry
  view.setBigUint64(32, 64n, true); // program headers follow
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 2, true);
  view.setUint16(58, 64, true);
  const header = (at: number, type: number, flags: number, address: bigint, bytes: bigint, align: bigint) => {
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    [0n, address, address, bytes, bytes, align].forEach((value, i) => view.setBigUint64(at + 8 + i * 8, value, true));
  };
  header(64, 1, 5, base, size, 0x1000n); // load, read and execute
  header(120, 0x6474e551, 6, 0n, 0n, 16n); // a stack that is not executable
  file.set(instructions, start);
  return file;
}

/** The image around the program: one layer, no shell, an unprivileged user. The same bytes on every machine of an architecture. */
export function pauseBundle(architecture: Architecture): ImageBundle {
  const layer = writeTar([{ name: 'pause', mode: 0o755, content: pauseProgram(architecture) }]);
  const config = json({
    architecture,
    os: 'linux',
    config: { Entrypoint: ['/pause'], User: '65535:65535', WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    history: [{ created_by: 'orrery pause' }],
  });
  const descriptor = (mediaType: string, content: Uint8Array) => ({
    mediaType,
    digest: digestOf(content),
    size: content.length,
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  return {
    names: [pauseImage],
    target: descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
    blobs: new Map([layer, config, manifest].map(content => [digestOf(content), memoryBlob(content)])),
  };
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const digestOf = (content: Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
