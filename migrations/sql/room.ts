/**
 * Rows that are claimed soon after they were written, deliveries ended too, by columns that no index has: with room on
 * the page a change stays there and touches no index.
 */
export const room = `
alter table delivery set (fillfactor = 50);
alter table job set (fillfactor = 70);
`;
