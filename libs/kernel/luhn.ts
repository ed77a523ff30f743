// In the kernel, not with the cards: the log, the edge and the idempotency meet such numbers on every route.

/** Whether a run of digits passes Luhn: what could be a card number does, a bar code seldom. */
export function passesLuhn(digits: string): boolean {
  let total = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    total += doubled > 9 ? doubled - 9 : doubled;
  }
  return total % 10 === 0;
}

const run = /(?<![^\W_])\d(?:[ .-]?\d){12,18}(?![^\W_])/g;
// The industries that issue cards one pays with. Moments in milliseconds and snowflakes begin with 1.
const issued = /^(?:[3-6]|2(?:2[2-9]|[3-6]|7[0-2]))/;

/** The text with every number cut out of it that passes Luhn and is as long as a card's. */
export const cutCardNumbers = (text: string): string =>
  text.replaceAll(run, (found) => (passesLuhn(found.replaceAll(/\D/g, '')) ? '[redacted]' : found));

/** The digits of every number in a text that could be a card's: by length, Luhn and first digits. */
export const cardNumbersIn = (text: string): readonly string[] =>
  (text.match(run) ?? [])
    .map((found) => found.replaceAll(/\D/g, ''))
    .filter((digits) => issued.test(digits) && passesLuhn(digits));
