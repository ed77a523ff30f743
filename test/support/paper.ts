import { inflateSync } from 'node:zlib';

/** What a page of PDF says: as it lies there, unpacked, and glyph by glyph. */
export function said(pdf: Buffer): string {
  const texts = [pdf.toString('latin1')];
  for (const [, packed] of texts[0]!.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)) {
    const bytes = Buffer.from(packed!, 'latin1');
    texts.push((bytes[0] === 0x78 ? inflateSync(bytes) : bytes).toString('latin1'));
  }
  const lines = [...texts.join('\n').matchAll(/\[([^\]]*)\]\s*TJ/g)].map(([, line]) => {
    const glyphs = [...line!.matchAll(/<([0-9a-f]*)>/gi)].map(([, hex]) => hex!);
    return Buffer.from(glyphs.join(''), 'hex').toString('latin1');
  });
  return [...texts, ...lines].join('\n');
}
