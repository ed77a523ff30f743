import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MovementsRoom } from '@libs/admin/movements.service.js';
import { BankslipService } from '@libs/bankslip/bankslip.service.js';
import type { RefundBankslipDto, SlipRefundToDto } from '@libs/bankslip/bankslip.dto.js';
import { buildCode } from '@libs/brazil/barcode.js';
import { workdayFrom } from '@libs/brazil/workdays.js';
import { Charges } from '@libs/charges/charges.service.js';
import type { Merchant } from '@libs/kernel/caller.js';
import { Fault } from '@libs/kernel/fault.js';
import { Handlers } from '@libs/kernel/handlers.js';
import { uuid } from '@libs/kernel/ids.js';
import { cents } from '@libs/money/cents.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { Wish } from '@libs/requests/wish.js';
import { Routing } from '@libs/routing/routing.service.js';
import { Desk } from '@test/support/desk.js';

let desk: Desk;
let merchant: Merchant;
beforeAll(async () => {
  desk = await Desk.open();
  merchant = { kind: 'merchant', keyId: uuid(), merchantId: desk.merchantId, mode: 'test', scopes: ['*'] };
});
afterAll(() => desk.close());

const dueOn = '2040-12-05';
const { barcode, line } = buildCode({ bank: '364', dueOn, amountCents: 1000n, freeField: '1'.repeat(25) });
const slips = (): BankslipService => desk.at.get(BankslipService, { strict: false });
const wish = (route: string, body: unknown = {}, key?: string): Wish =>
  new Wish(`merchant:${merchant.merchantId}:test`, key, route, '', body);

interface Slip {
  readonly id: string;
  readonly attempt: string;
}
/** A slip of R$ 10,00 whose registration has just been asked for, at a provider that has none unless it is said. */
async function slip(provider = 'stripe'): Promise<Slip> {
  const id = uuid();
  const attempt = await desk.attempt({
    ownerKind: 'bankslip',
    ownerId: id,
    operation: 'bankslip.create',
    state: 'sent',
    provider,
  });
  await desk.sql(
    `insert into charge (id, merchant_id, mode, type, status, amount, currency, shares, customer, due_on, payable_days,
       fine, interest_bps, instructions, expire_due_at)
     values (?, ?, 'test', 'bankslip', 'processing', 1000, 'BRL', ?::jsonb, ?::jsonb, ?, 30, ?::jsonb, 100, 'Não dobre',
       clock_now() + interval '90 days')`,
    [
      id,
      merchant.merchantId,
      JSON.stringify([{ to: 'seller', weight: 1000, liable: true }]),
      JSON.stringify({ name: 'FULANO DE TAL', documentNumber: '45576360044' }),
      dueOn,
      JSON.stringify({ rateBps: 200 }),
    ],
  );
  return { id, attempt };
}
const data = { barcode, line, number: '109/00000001-7', qrCode: '000201' };
const tell = (attempt: string, news: News): Promise<unknown> =>
  desk.at.get(Routing, { strict: false }).settle(attempt, news, 'callback');
const issued = async (it: Slip): Promise<Slip> => {
  await tell(it.attempt, { kind: 'pending', ref: `r${it.id}`, data });
  return it;
};
const paid = (it: Slip, amount = 1000, receipt = `e${it.id}`): Promise<unknown> => {
  const at = new Date('2026-12-01T15:00:00Z');
  return tell(it.attempt, {
    kind: 'done',
    ref: `r${it.id}`,
    receipt,
    at,
    amount: cents(amount),
    currency: 'BRL',
    data,
  });
};
const shown = (it: Slip): Promise<Readonly<Record<string, unknown>>> => slips().one(merchant, it.id);
const told = (it: Slip): Promise<{ type: string; status: string; late: boolean; extra: object }[]> =>
  desk.sql(`select type, data ->> 'status' as status, late, extra from outbox where object_id = ? order by id`, [
    it.id,
  ]);
/** What each address gained by what was said of one slip. */
async function gained(it: Slip): Promise<Readonly<Record<string, number>>> {
  const rows = await desk.sql<{ address: string; gained: number }>(
    `select side.address, sum(side.amount)::float8 as gained from posting p join entry e on e.id = p.entry_id
     cross join lateral (values (p."from", -p.amount), (p."to", p.amount)) as side (address, amount)
     where e.reference in (select 'attempt:' || id from attempt where owner_id = $1 union
       select 'orphan:' || id from attempt where owner_id = $1 union
       select 'movement:' || row_id from movement where owner_id = $1)
     group by side.address having sum(side.amount) <> 0`.replaceAll('$1', `'${it.id}'`),
  );
  return Object.fromEntries(rows.map(({ address, gained }) => [address.replace(merchant.merchantId, 'M'), gained]));
}
const jobs = (it: Slip): Promise<{ id: string; name: string; payload: Record<string, string>; days: number }[]> =>
  desk.sql(
    `select id, name, payload, extract(epoch from run_at - clock_now())::float8 / 86400 as days from job
     where done_at is null and (payload ->> 'charge' = ? or payload ->> 'attempt' = ?
       or payload ->> 'refund' in (select id::text from refund where charge_id = ?)) order by id`,
    [it.id, it.attempt, it.id],
  );
/** Does what waits under a name; answers what it says of itself. */
async function work(it: Slip, name: string): Promise<readonly unknown[]> {
  const waiting = (await jobs(it)).filter((job) => job.name === name);
  const answers: unknown[] = [];
  for (const { id, payload } of waiting) {
    answers.push(await desk.at.get(Handlers).find(name)({ id, name, payload, tries: 1 }));
    await desk.sql('update job set done_at = clock_now() where id = ?', [id]);
  }
  return answers;
}
const fault = async (what: Promise<unknown>): Promise<string> => {
  const error = await what.then(
    () => undefined,
    (it: unknown) => it,
  );
  if (!(error instanceof Fault)) throw new Error(`no fault: ${String(error)}`);
  const errors = (error.extra['errors'] ?? []) as { field: string; code: string }[];
  return [error.status, error.code, ...errors.map((it) => `${it.field} ${it.code}`)].join(' ');
};

describe('a slip', () => {
  it('shows what its bank has registered, in the words of the contract', async () => {
    const it = await slip();
    expect(await shown(it)).toMatchObject({ status: 'processing', digitableLine: null, barcode: null, qrCode: null });
    await issued(it);
    const body = await shown(it);
    const digitableLine = String(body['digitableLine']);
    expect(digitableLine).toMatch(/^\d{5}\.\d{5} \d{5}\.\d{6} \d{5}\.\d{6} \d \d{14}$/);
    expect(digitableLine.replaceAll(/\D/g, '')).toBe(line);
    expect(body).toMatchObject({
      type: 'bankslip',
      status: 'pending',
      barcode,
      dueDate: '2040-12-05T03:00:00.000Z',
      qrCode: '000201',
      customer: { name: 'FULANO DE TAL', documentNumber: '45576360044' },
      metadata: {
        paymentId: `r${it.id}`,
        dueDate: '2040-12-05T03:00:00.000Z',
        referenceCode: '109/00000001-7',
        digitableLine,
      },
    });
    const found = await desk.at.get(Charges, { strict: false }).one(merchant, `r${it.id}`);
    expect(found['id']).toBe(it.id);
  });

  it('is paper as long as somebody may pay it or has', async () => {
    const it = await slip();
    const missing = '404 not_found';
    expect(await fault(slips().pdf(merchant, it.id))).toBe(missing);
    expect(await fault(slips().pdf(merchant, uuid()))).toBe(missing);
    expect(await fault(slips().pdf({ ...merchant, mode: 'live' }, it.id))).toBe(missing);
    await issued(it);
    const { options } = await slips().pdf(merchant, it.id);
    expect(options).toMatchObject({
      type: 'application/pdf',
      disposition: `attachment; filename="boleto-${it.id}.pdf"`,
    });
    await slips().cancel(merchant, wish('POST /cancel'), it.id);
    expect(await fault(slips().pdf(merchant, it.id))).toBe(missing);
    await paid(it);
    expect((await slips().pdf(merchant, it.id)).options.type).toBe('application/pdf');
  });

  it('that is paid late with a fine keeps every cent, and says that it differs', async () => {
    const it = await issued(await slip());
    await paid(it, 1030);
    expect(await shown(it)).toMatchObject({ status: 'paid', amount: 1000, amountPaid: 1030, amountRefundable: 1030 });
    expect((await told(it)).at(-1)).toEqual({
      type: 'bankslip',
      status: 'paid',
      late: false,
      extra: { differs: true },
    });
    expect(await gained(it)).toEqual({
      'provider:stripe:clearing': -1030,
      'merchant:M:payable': 1020,
      'platform:fees': 10,
    });
  });

  it('that is paid again keeps the second payment where it is seen until it can be paid out', async () => {
    const it = await issued(await slip('gerencianet'));
    await paid(it);
    const at = new Date('2026-12-02T15:00:00Z');
    const about = { ref: `r${it.id}` };
    const second = { kind: 'received', id: `f${it.id}`, about, amount: cents(1000), currency: 'BRL', at } as const;
    const [{ credential_id: credential }] = (await desk.sql<{ credential_id: string }>(
      'select credential_id from attempt where id = ?',
      [it.attempt],
    )) as [{ credential_id: string }];
    await desk.at.get(Routing, { strict: false }).record(credential, second);
    await work(it, 'charges.undo');
    expect(await jobs(it)).toEqual([]);
    expect(await gained(it)).toMatchObject({
      'provider:gerencianet:suspense': 1000,
      'provider:gerencianet:clearing': -2000,
    });
    expect(await desk.sql('select kind, status, amount::int from refund where charge_id = ?', [it.id])).toEqual([
      { kind: 'undo', status: 'pending', amount: 1000 },
    ]);
    expect(await shown(it)).toMatchObject({ status: 'paid', amountPaid: 1000 });
    const { data: waiting } = await desk.at.get(MovementsRoom).list({ limit: 10, state: 'suspense' });
    expect(waiting).toMatchObject([{ reference: `f${it.id}`, amount: 1000, ownerType: 'bankslip', charge: it.id }]);
  });

  it('whose provider has no cancel is closed here, waits sixty days for money, and takes it as late', async () => {
    const [it, other] = [await issued(await slip()), await issued(await slip())];
    const first = await slips().cancel(merchant, wish('POST /cancel', {}, 'k1'), it.id);
    expect([first.status, first.body['status'], first.replayed]).toEqual([200, 'canceled', false]);
    const again = await slips().cancel(merchant, wish('POST /cancel', {}, 'k1'), it.id);
    expect([again.status, again.body['status'], again.replayed]).toEqual([200, 'canceled', true]);
    expect(await fault(slips().cancel(merchant, wish('DELETE /'), it.id))).toBe('409 invalid_state');
    const [answer] = (await work(it, 'charges.close')) as [{ againMs: number }];
    const last = workdayFrom('2041-01-04');
    const days = (Date.parse(`${last}T03:00:00Z`) - Date.parse(new Date().toISOString())) / 86_400_000;
    expect(Math.round(answer.againMs / 86_400_000 - days)).toBe(60);
    await paid(it);
    expect((await told(it)).map((event) => [event.type, event.status, event.late])).toEqual([
      ['bankslipUpdate', 'pending', false],
      ['bankslipUpdate', 'canceled', false],
      ['bankslip', 'paid', true],
    ]);
    await slips().cancel(merchant, wish('POST /cancel'), other.id);
    await tell(other.attempt, { kind: 'declined', code: 'cancelled', message: 'gone' });
    expect(await shown(other)).toMatchObject({ status: 'canceled' });
  });

  it('that its provider has cancelled is asked after for five business days', async () => {
    const it = await issued(await slip('gerencianet'));
    const cancel = await desk.attempt({
      ownerKind: 'bankslip',
      ownerId: it.id,
      operation: 'bankslip.cancel',
      state: 'sent',
    });
    await desk.sql(`update attempt set parent = jsonb_build_object('ref', 'r' || ?) where id = ?`, [it.id, cancel]);
    await desk.sql(`update charge set in_flight = 'canceling' where id = ?`, [it.id]);
    await tell(cancel, { kind: 'done', ref: `r${it.id}`, at: new Date(), amount: cents(0), currency: 'BRL', data: {} });
    await work(it, 'charges.closed');
    expect(await shown(it)).toMatchObject({ status: 'canceled', pendingOperation: null });
    const [watch, ...others] = await jobs(it);
    expect([watch?.name, Math.round(watch!.days), others]).toEqual(['charges.watch', 1, []]);
    const days = (Date.parse(watch!.payload['until']!) - Date.now()) / 86_400_000;
    expect(days > 5 && days < 13).toBe(true);
    // Nobody answers here: it goes on asking, and what was paid before the cancel is late money.
    expect(await work(it, 'charges.watch')).toEqual([{ againMs: 86_400_000 }]);
    await paid(it);
    expect(await shown(it)).toMatchObject({ status: 'paid', amountPaid: 1000 });
  });
});

describe('a refund of a slip', () => {
  const refund = (it: Slip, body: RefundBankslipDto): Promise<unknown> =>
    slips().refund(merchant, wish(`POST /${it.id}/refund`, body, 'r1'), it.id, body);

  it('is refused for what could never be done, and else waits for pay-outs: nothing is written', async () => {
    const it = await issued(await slip());
    expect(await fault(refund({ ...it, id: uuid() }, {}))).toBe('404 not_found');
    expect(await fault(refund(it, {}))).toBe('409 invalid_state');
    await paid(it);
    expect(await fault(refund(it, { amount: cents(1001) }))).toBe('409 amount_exceeds_remaining');
    const none = '503 no_provider_available';
    for (const body of [{}, { amount: cents(1000) }, { to: { accountNumber: '138338' } }]) {
      expect([body, await fault(refund(it, body))]).toEqual([body, none]);
    }
    expect(await desk.sql('select * from refund where charge_id = ?', [it.id])).toEqual([]);
    expect(await desk.sql(`select * from request where key = 'r1'`)).toEqual([]);
    expect(await shown(it)).toMatchObject({ status: 'paid', amountRefundable: 1000 });
  });

  it.each<readonly [SlipRefundToDto, string]>([
    [{}, 'to.pixKey required'],
    [{ pixType: 'cpf' }, 'to.pixKey required'],
    [{ accountNumber: '1', pixType: 'cpf' }, 'to.pixType invalid'],
    [{ accountNumber: '1', pixKey: '45576360044' }, 'to.accountNumber invalid'],
    [{ pixKey: '45576360045' }, 'to.pixKey invalid'],
    [{ pixKey: 'x', pixType: 'email' }, 'to.pixKey invalid'],
    [{ pixKey: '45576360044', pixType: 'cnpj' }, 'to.pixType invalid'],
  ])('goes to one who can receive: %j', async (to, refused) => {
    const it = await slip();
    expect(await fault(refund(it, { to }))).toBe(`422 invalid_request ${refused}`);
  });

  it.each<SlipRefundToDto>([
    { pixKey: '455.763.600-44', pixType: 'cpf' },
    { pixKey: 'foo@bar.com' },
    { pixKey: '11987654321', pixType: 'telefone' },
    { pixKey: 'd2d3e39b-1a14-4650-9524-3c0eb8042aba', pixType: 'chaveAleatoria' },
  ])('takes every type of key: %j', async (to) => {
    expect(await fault(refund(await slip(), { to }))).toBe('409 invalid_state');
  });
});
