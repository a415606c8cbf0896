/** A chart as an archive (ustar, gzip), from its files. */
import { gzipSync } from 'node:zlib';

const block = 512;

function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(block);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0, 100);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.fill(' ', 148, 156);
  header.write('0ustar\0', 156);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** `files` by their names within the chart. */
export function packChart(chart: string, files: Readonly<Record<string, string>>): Uint8Array {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const data = Buffer.from(text);
    const padding = Buffer.alloc((block - (data.length % block)) % block);
    return [headerOf(`${chart}/${name}`, data.length), data, padding];
  });
  return new Uint8Array(gzipSync(Buffer.concat([...parts, Buffer.alloc(block * 2)])));
}
