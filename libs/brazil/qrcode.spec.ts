import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import decode from 'qr/decode.js';
import { inflateSync } from 'node:zlib';
import { staticCode } from './brcode.js';
import { interleaved } from './itf.js';
import { qrModules, qrPng, qrSvg } from './qrcode.js';

const code = staticCode({ key: '+5561912345678', name: 'Padaria Pão', city: 'Brasília', amountCents: 1000n });
const reader = spawnSync('zbarimg', ['--version']).status === 0;
if (!reader) console.warn('zbarimg (zbar-tools) is not here: pictures are read by the library alone');

/** The pixels of a PNG of our making, as its one chunk of data holds them. */
function pixels(png: Buffer): { width: number; height: number; data: Uint8Array } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const data = inflateSync(png.subarray(png.indexOf('IDAT') + 4));
  const dark = (x: number, y: number): boolean =>
    ((data[y * (width / 8 + 1) + 1 + (x >> 3)]! >> (7 - (x & 7))) & 1) === 0;
  const rgba = Array.from({ length: width * height }, (_, i) => (dark(i % width, Math.floor(i / width)) ? 0 : 255));
  return { width, height, data: Uint8Array.from(rgba.flatMap((grey) => [grey, grey, grey, 255])) };
}

describe('a QR code', () => {
  it('is read back from its picture', () => {
    expect(decode(pixels(qrPng(code)))).toBe(code);
  });

  (reader ? it : it.skip)('is read back by a program of others', () => {
    const { stdout } = spawnSync('zbarimg', ['-q', '--raw', 'PNG:-'], { input: qrPng(code), encoding: 'utf8' });
    expect(stdout.trim()).toBe(code);
  });

  it('has its light margin, in either picture', () => {
    const modules = qrModules(code);
    for (const row of [0, 1, 2, 3]) expect(modules[row]!.some(Boolean)).toBe(false);
    expect(modules[4]!.slice(0, 4).some(Boolean)).toBe(false);
    expect(modules[4]![4]).toBe(true);
    const drawn = [...qrSvg(code).matchAll(/M(\d+) (\d+)h(\d+)v1/g)].map((it) => it.slice(1).map(Number));
    const dark = drawn.flatMap(([x, y, width]) => Array.from({ length: width! }, (_, i) => `${x! + i},${y}`));
    expect(dark).toEqual(modules.flatMap((row, y) => row.flatMap((on, x) => (on ? [`${x},${y}`] : []))));
  });
});

describe('interleaved 2 of 5', () => {
  it('weaves two digits into one another', () => {
    // 3 in the bars is wide wide narrow narrow narrow, 8 in the blanks wide narrow narrow wide narrow.
    expect(interleaved('38')).toEqual([1, 1, 1, 1, 3, 3, 3, 1, 1, 1, 1, 3, 1, 1, 3, 1, 1]);
    const widths = interleaved('0'.repeat(44));
    expect(widths.reduce((a, b) => a + b)).toBe(405);
  });

  it('has no odd digit and no letter', () => {
    for (const wrong of ['', '123', '1a']) expect(() => interleaved(wrong)).toThrow(RangeError);
  });
});
