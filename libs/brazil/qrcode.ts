import { crc32, deflateSync } from 'node:zlib';
import encode from 'qr';

const level = { ecc: 'medium', border: 4 } as const;
/** What a telephone reads from a screen at arm's length, and a printer does not blur. */
const pixelsPerModule = 8;

/** The squares of a QR code, row by row, dark is true, with the light ones around that its standard asks for. */
export const qrModules = (text: string): boolean[][] => encode(text, 'raw', level);

/** The dark squares that lie side by side, each run as one: in modules from the upper left. */
export function qrRuns(modules: readonly (readonly boolean[])[]): { x: number; y: number; width: number }[] {
  return modules.flatMap((row, y) => {
    const starts = row.flatMap((dark, x) => (dark && !row[x - 1] ? [x] : []));
    return starts.map((x) => {
      const end = row.indexOf(false, x);
      return { x, y, width: (end < 0 ? row.length : end) - x };
    });
  });
}

/** The picture as SVG, black on white, of any size. */
export function qrSvg(text: string): string {
  const modules = qrModules(text);
  const side = modules.length;
  const dark = qrRuns(modules).map(({ x, y, width }) => `M${x} ${y}h${width}v1h-${width}z`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">`,
    `<path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${dark.join('')}"/></svg>`,
  ].join('');
}

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const out = Buffer.alloc(named.length + 8);
  out.writeUInt32BE(data.length, 0);
  named.copy(out, 4);
  out.writeUInt32BE(crc32(named), named.length + 4);
  return out;
}

/** The picture as PNG, black on white, one bit a pixel. */
export function qrPng(text: string): Buffer {
  const modules = qrModules(text);
  const side = modules.length * pixelsPerModule;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([1, 0, 0, 0, 0], 8);
  // A module is as wide as a byte, so that a row is a byte a module; the byte before it says that it is not filtered.
  const rows = modules.flatMap((row) => {
    const line = Buffer.from([0, ...row.map((dark) => (dark ? 0x00 : 0xff))]);
    return Array.from({ length: pixelsPerModule }, () => line);
  });
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
