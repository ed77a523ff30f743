import { Client } from 'pg';
import { long } from '@libs/kernel/ids.js';

/** The static Pix code that a shop shows under its id: payers of the simulated world have nowhere else to look. */
export async function shownCode(url: string, id: string): Promise<string | undefined> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const sql = 'select qr_code from charge where id = $1 and reusable';
    const { rows } = await client.query<{ qr_code: string | null }>(sql, [long(id) ?? null]);
    return rows[0]?.qr_code ?? undefined;
  } finally {
    await client.end();
  }
}
