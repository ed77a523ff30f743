import Document from 'pdfkit';
import { interleaved } from '@libs/brazil/itf.js';
import { plain } from '@libs/brazil/plain.js';
import { qrModules, qrRuns } from '@libs/brazil/qrcode.js';

/** Everything on a sheet is placed in millimetres from its upper left corner; letters are sized in points. */
const point = 72 / 25.4;
/** From one baseline to the next, of the size of the letters. */
const leading = 1.15;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface Letters {
  /** The largest size that is tried. */
  readonly size?: number;
  readonly bold?: boolean;
  readonly align?: 'left' | 'right' | 'center';
  /** Halfway between top and bottom of the area. */
  readonly middle?: boolean;
}

// What the standard encoding of PDF has: all of Portuguese, and the rest of western Europe.
const letters = '\\x20-\\x7e\\xa1-\\xac\\xae-\\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ';
const latin = new RegExp(`^[${letters}]+$`, 'u');

/** A text in letters that every reader of PDF has: others lose their accents, or are a question mark. */
export function printable(text: string): string {
  const whole = text.normalize('NFC');
  if (latin.test(whole)) return whole.trim();
  const shown = [...whole].map((char) => {
    if (latin.test(char)) return char;
    if (/[\s\p{Cc}]/u.test(char)) return ' ';
    // A mark without its letter and what only joins others have no shape of their own.
    return plain(char) || (/[\p{M}\p{Cf}]/u.test(char) ? '' : '?');
  });
  return shown.join('').replaceAll(/ +/g, ' ').trim();
}

/**
 * One page of A4. The letters are Helvetica, which every reader has: a font of our own would have to be cut out of its
 * file for each page, and that takes fifty times as long as the page.
 */
export class Sheet {
  private readonly pdf: PDFKit.PDFDocument;
  private readonly whole: Promise<Buffer>;

  constructor(title: string, madeOn: string) {
    this.pdf = new Document({
      size: 'A4',
      margin: 0,
      lang: 'pt-BR',
      displayTitle: true,
      // The same slip is the same file whenever it is asked for.
      info: { Title: title, Creator: 'Trilho', CreationDate: new Date(`${madeOn}T12:00:00Z`) },
    });
    const parts: Buffer[] = [];
    this.pdf.on('data', (part: Buffer) => parts.push(part));
    this.whole = new Promise((resolve, reject) => {
      this.pdf.on('end', () => resolve(Buffer.concat(parts)));
      this.pdf.on('error', reject);
    });
  }

  line(x: number, y: number, toX: number, toY: number, thickness = 0.2): void {
    this.pdf
      .lineWidth(thickness * point)
      .moveTo(x * point, y * point)
      .lineTo(toX * point, toY * point)
      .stroke();
  }

  /** Where scissors go. */
  cut(x: number, y: number, toX: number): void {
    this.pdf.save().dash(2, { space: 2 });
    this.line(x, y, toX, y, 0.15);
    this.pdf.restore();
  }

  /**
   * Writes paragraphs from the top of an area down, as large as they fit, 5 points at the least; what does not fit even
   * then ends in an ellipsis.
   */
  write(text: string | readonly string[], area: Area, as: Letters = {}): void {
    const { size = 8, bold = false, align = 'left', middle = false } = as;
    const paragraphs = [text].flat().map(printable).filter(Boolean);
    const width = area.width * point;
    this.pdf.font(bold ? 'Helvetica-Bold' : 'Helvetica');
    for (let tried = size; ; tried -= 1) {
      this.pdf.fontSize(tried);
      const lines = paragraphs.flatMap((paragraph) => this.wrap(paragraph, width));
      const room = Math.max(1, Math.floor((area.height * point) / (tried * leading)));
      if (lines.length > room && tried > 5) continue;
      if (lines.length > room) lines.splice(room - 1, Infinity, `${lines[room - 1]!.slice(0, -1)}…`);
      const spare = middle ? Math.max(0, area.height * point - lines.length * tried * leading) / 2 : 0;
      lines.forEach((line, i) => this.put(line, area, spare + i * tried * leading, align));
      return;
    }
  }

  /** The bars of 44 digits: 103 mm by 13 mm, as the clearing asks for. */
  bars(digits: string, x: number, y: number): void {
    const widths = interleaved(digits);
    const narrow = (103 / widths.reduce((sum, width) => sum + width, 0)) * point;
    let at = x * point;
    widths.forEach((width, i) => {
      if (i % 2 === 0) this.pdf.rect(at, y * point, width * narrow, 13 * point);
      at += width * narrow;
    });
    this.pdf.fill('black');
  }

  /** A QR code with its light margin inside the square. */
  qr(text: string, x: number, y: number, side: number): void {
    const modules = qrModules(text);
    const unit = (side / modules.length) * point;
    for (const run of qrRuns(modules)) {
      this.pdf.rect(x * point + run.x * unit, y * point + run.y * unit, run.width * unit, unit);
    }
    this.pdf.fill('black');
  }

  end(): Promise<Buffer> {
    this.pdf.end();
    return this.whole;
  }

  private put(line: string, { x, y, width }: Area, below: number, align: Letters['align']): void {
    const free = align === 'left' ? 0 : width * point - this.pdf.widthOfString(line);
    this.pdf.text(line, x * point + (align === 'center' ? free / 2 : free), y * point + below, { lineBreak: false });
  }

  /** Lines no wider than this; a word that is wider alone is broken. */
  private wrap(paragraph: string, width: number): string[] {
    if (this.pdf.widthOfString(paragraph) <= width) return [paragraph];
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      let rest = word;
      const longer = line === '' ? word : `${line} ${word}`;
      if (this.pdf.widthOfString(longer) <= width) {
        line = longer;
        continue;
      }
      if (line !== '') lines.push(line);
      while (this.pdf.widthOfString(rest) > width && rest.length > 1) {
        const length = this.fitting(rest, width);
        lines.push(rest.slice(0, length));
        rest = rest.slice(length);
      }
      line = rest;
    }
    return line === '' ? lines : [...lines, line];
  }

  private fitting(word: string, width: number): number {
    let [fits, not] = [1, word.length];
    while (not - fits > 1) {
      const middle = Math.floor((fits + not) / 2);
      if (this.pdf.widthOfString(word.slice(0, middle)) <= width) fits = middle;
      else not = middle;
    }
    return fits;
  }
}
