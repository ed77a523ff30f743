/**
 * Rows that are written, claimed and ended, none of it in an index: with room on their page a change is written there
 * and touches no index.
 */
export const room = `
alter table delivery set (fillfactor = 50);
alter table job set (fillfactor = 70);
`;
