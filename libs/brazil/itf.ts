/** Which two of a digit's five elements are wide. */
const wide = ['00110', '10001', '01001', '11000', '00101', '10100', '01100', '00011', '10010', '01010'];

/**
 * Interleaved 2 of 5, the bars of slips: widths in narrow elements, a bar first, then a blank, and so on. Each pair of
 * digits is five bars for the first and five blanks for the second; wide is three narrow.
 * @throws RangeError when it is not an even number of digits.
 */
export function interleaved(digits: string): number[] {
  if (!/^(\d\d)+$/.test(digits)) throw new RangeError(`not pairs of digits: ${digits}`);
  const widths = [1, 1, 1, 1];
  for (let at = 0; at < digits.length; at += 2) {
    const [bars, blanks] = [wide[Number(digits[at])]!, wide[Number(digits[at + 1])]!];
    for (let i = 0; i < 5; i += 1) widths.push(bars[i] === '1' ? 3 : 1, blanks[i] === '1' ? 3 : 1);
  }
  return [...widths, 3, 1, 1];
}
