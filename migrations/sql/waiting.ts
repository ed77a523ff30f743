/** By what money in suspense is found when its name comes, and old lines when they are deleted. */
export const waiting = `
create index movement_waiting on movement (id) where state = 'suspense';
create index movement_nameless on movement (amount, credential_id) where state = 'suspense' and about = '{}';
-- Rows come in the order of time: so small an index tells where the old ones are.
create index statement_line_age on statement_line using brin (created_at) with (pages_per_range = 32);
`;
