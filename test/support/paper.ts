import { constants, inflateSync } from 'node:zlib';

/** The last byte of what is packed may look like the end of a line, and is cut off with it: it only closes. */
const lenient = { finishFlush: constants.Z_SYNC_FLUSH };

/** What a page of PDF says: as it lies there, unpacked, and glyph by glyph. */
export function said(pdf: Buffer): string {
  const texts = [pdf.toString('latin1')];
  for (const [, packed] of texts[0]!.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)) {
    const bytes = Buffer.from(packed!, 'latin1');
    texts.push((bytes[0] === 0x78 ? inflateSync(bytes, lenient) : bytes).toString('latin1'));
  }
  const lines = [...texts.join('\n').matchAll(/\[([^\]]*)\]\s*TJ/g)].map(([, line]) => {
    const glyphs = [...line!.matchAll(/<([0-9a-f]*)>/gi)].map(([, hex]) => hex!);
    return Buffer.from(glyphs.join(''), 'hex').toString('latin1');
  });
  return [...texts, ...lines].join('\n');
}
