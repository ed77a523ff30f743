/** Keys for a provider that takes ints alone: each is drawn once, for whatever credential. */
export const numbers = `
create sequence attempt_number as integer;
`;
