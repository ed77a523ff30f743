import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCode } from '@libs/brazil/barcode.js';
import { eventually, rows } from '@test/support/app.js';
import { Bank, dayIn, type Slip } from '@test/support/bank.js';
import { as, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;
let bank: Bank;
beforeAll(async () => {
  scene = await Scene.open();
  bank = new Bank(scene);
  await bank.choosy();
});
afterAll(() => scene.close());

const daySeconds = 86_400;
const chosen = ({ routing }: Slip): readonly string[] =>
  routing.candidates.map((it) => `${it.provider} ${it.outcome} ${it.reason}`);

describe('a slip', () => {
  it('is registered, found by every name, repeated under its key, and paid', async () => {
    const customCode = fresh('pedido');
    const wish = { customCode, fine: { percentage: 2.5 }, interest: { percentage: 1 }, instructions: 'Não dobre.' };
    const asking = { headers: { 'idempotency-key': customCode } };
    const made = await bank.ask(wish, asking);
    expect(made.status).toBe(201);
    const slip = as<Slip>(made.body);
    const dueDate = new Date(`${dayIn(10)}T00:00:00-03:00`).toISOString();
    expect(slip).toMatchObject({ status: 'pending', type: 'bankslip', amount: 1_000, customCode, dueDate });
    expect(readCode(slip.digitableLine!)).toMatchObject({ kind: 'bank', barcode: slip.barcode, amountCents: 1_000n });
    expect(slip.metadata).toMatchObject({ customCode, dueDate, digitableLine: slip.digitableLine });
    const again = await bank.ask(wish, asking);
    expect([again.status, again.headers.get('idempotent-replayed'), again.body]).toEqual([201, 'true', slip]);
    const other = await bank.ask({ ...wish, amount: 2_000 }, asking);
    expect([other.status, other.body['code']]).toEqual([409, 'idempotency_conflict']);
    for (const name of [slip.id, customCode, slip.metadata['paymentId']]) {
      expect((await scene.api('GET', `/transactions/${name}`)).body).toEqual(slip);
    }
    expect((await scene.api('GET', `/bankslip?customCode=${customCode}`)).body).toEqual([slip]);
    const listed = await scene.api('GET', `/transactions?type=bankslip&customCode=${customCode}&provider=gerencianet`);
    expect(listed.body['data']).toEqual([slip]);
    await bank.pay(slip);
    expect(await bank.becomes(slip.id, 'paid')).toMatchObject({ amountPaid: 1_000, fees: { price: 10, net: 990 } });
    expect((await scene.api('GET', '/balance')).body['data']).toMatchObject([{ receivable: 990 }]); // for a day
    expect(await bank.story(slip.id)).toEqual(['bankslip paid']);
    const pdf = await scene.api('GET', `/bankslip/${slip.id}/pdf`);
    expect([pdf.status, pdf.headers.get('content-type'), pdf.text.slice(0, 5)]).toEqual([
      200,
      'application/pdf',
      '%PDF-',
    ]);
  });

  it('goes where its payer can be taken, and says why not elsewhere', async () => {
    const payerData = { name: 'FULANO DE TAL', documentNumber: '45576360044' };
    const slip = await bank.slip({ payerData, amount: 1_500 });
    expect(chosen(slip)).toEqual([
      'gerencianet chosen priority',
      'cielo skipped capability',
      'pinbank skipped capability',
    ]);
    const nowhere = await bank.ask({ payerData, amount: 499 }); // Efí takes R$ 5,00 at the least
    expect([nowhere.status, nowhere.headers.get('retry-after')]).toEqual([503, '3600']);
    expect(await bank.charge(as<Slip>(nowhere.body).id)).toMatchObject({ status: 'failed', barcode: null });
  });

  it('takes whatever is paid for it, to the last cent', async () => {
    const slip = await bank.slip({ amount: 1_000 });
    await bank.pay(slip, { amount: 1_037 });
    expect(await bank.becomes(slip.id, 'paid')).toMatchObject({
      amount: 1_000,
      amountPaid: 1_037,
      amountRefundable: 1_037,
    });
    expect((await bank.told(slip.id)).at(-1)).toMatchObject({ type: 'bankslip', late: false, differs: true });
  });

  it('is refunded by a pay-out, which nobody makes yet: nothing is written', async () => {
    const slip = await bank.paid();
    const refund = await scene.api('POST', `/bankslip/${slip.id}/refund`, { to: { pixKey: 'foo@bar.com' } });
    expect([refund.status, refund.body['code'], refund.headers.get('retry-after')]).toEqual([
      503,
      'no_provider_available',
      '3600', // nobody offers it: five seconds change nothing
    ]);
    expect(await bank.charge(slip.id)).toMatchObject({ status: 'paid', refunds: [], amountRefundable: 1_000 });
  });
});

/** Amounts choose the provider; Cielo has no cancel, Pinbank's ends a slip, and both may yet hear of a payment. */
describe.each([
  ['gerencianet', 1_000, ['bankslip.create gerencianet declined', 'bankslip.cancel gerencianet succeeded']],
  ['cielo', 20_000, ['bankslip.create cielo pending']],
  ['pinbank', 30_000, ['bankslip.create pinbank declined', 'bankslip.cancel pinbank succeeded']],
] as const)('at %s', (provider, amount, calls) => {
  it('it is paid', async () => {
    const slip = await bank.slip({ amount });
    expect(chosen(slip)[0]).toBe(`${provider} chosen ${amount < 20_000 ? 'priority' : 'rule'}`);
    await bank.pay(slip);
    expect(await bank.becomes(slip.id, 'paid')).toMatchObject({ provider, amountPaid: amount });
    expect(await bank.story(slip.id)).toEqual(['bankslip paid']);
  });

  it('it is cancelled once, by either way, and money for it is late', async () => {
    const slip = await bank.slip({ amount });
    const asking = { headers: { 'idempotency-key': fresh('cancela') } };
    const first =
      provider === 'cielo' ? await scene.api('DELETE', `/bankslip/${slip.id}`) : await bank.cancel(slip.id, asking);
    expect([200, 202]).toContain(first.status); // Pinbank says later what became of it
    await bank.becomes(slip.id, 'canceled');
    const second = await scene.api('DELETE', `/bankslip/${slip.id}`);
    expect([second.status, second.body['code'], second.body['status']]).toEqual([409, 'invalid_state', 'canceled']);
    if (provider !== 'cielo') {
      const again = await bank.cancel(slip.id, asking);
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    }
    expect((await scene.api('GET', `/bankslip/${slip.id}/pdf`)).status).toBe(404);
    await eventually(async () => [...(await bank.calls(slip.id))].sort().join() === [...calls].sort().join());
    await bank.pay(slip, provider === 'pinbank' ? { again: true } : { late: true });
    await bank.becomes(slip.id, 'paid');
    expect(await bank.story(slip.id)).toEqual(['bankslipUpdate canceled', 'bankslip paid late']);
  });

  it('an answer that was lost is found, and there is one slip', async () => {
    await scene.arm('bankslip.create', 'timeout_after', { provider, times: 1 });
    const asked = await bank.ask({ amount });
    expect([201, 202]).toContain(asked.status); // a provider's own word may come before the answer is given up
    const slip = await bank.becomes(as<Slip>(asked.body).id, 'pending');
    expect(readCode(slip.digitableLine!).kind).toBe('bank');
    expect(await bank.calls(slip.id)).toEqual([`bankslip.create ${provider} pending`]);
    expect(await bank.story(slip.id)).toEqual(['bankslipUpdate pending']);
  });
});

const payerData = { name: 'Foo Bar', documentNumber: '45576360044' };
it.each<readonly [object, string]>([
  [{ dueDate: '2027-02-29' }, 'dueDate invalid'],
  [{ dueDate: '05/12/2027' }, 'dueDate invalid'],
  [{ dueDate: dayIn(-1) }, 'dueDate out_of_range'],
  [{ dueDate: '2049-10-14' }, 'dueDate out_of_range'],
  [{ dueDate: null }, 'dueDate required'],
  [{ amount: 0 }, 'amount out_of_range'],
  [{ amount: '10.5' }, 'amount invalid'],
  [{ payerData: { ...payerData, documentNumber: '45576360045' } }, 'payerData.documentNumber invalid'],
  [{ payerData: { ...payerData, documentNumber: '11111111111' } }, 'payerData.documentNumber invalid'],
  [{ payerData: { name: 'Foo Bar' } }, 'payerData.documentNumber required'],
  [{ payerData: { ...payerData, birthdate: '1990-01-01' } }, 'payerData.birthdate unknown_field'],
  [{ fine: {} }, 'fine.percentage required'],
  [{ fine: { percentage: 2, amount: 100 } }, 'fine.amount invalid'],
  [{ fine: { percentage: 10.01 } }, 'fine.percentage out_of_range'],
  [{ interest: { percentage: 9.91 } }, 'interest.percentage out_of_range'],
  [{ interest: { percentage: 0.125 } }, 'interest.percentage invalid'],
  [{ daysAfterDue: 121 }, 'daysAfterDue out_of_range'],
  [{ instructions: 'x'.repeat(256) }, 'instructions too_long'],
  [{ customCode: '5555555555554444' }, 'customCode invalid'],
])('%j is refused: %s', async (wish, expected) => {
  const { status, body } = await bank.ask(wish);
  const errors = as<{ field: string; code: string }[]>(body['errors']!);
  expect([status, body['code'], errors.map((it) => `${it.field} ${it.code}`)]).toEqual([
    422,
    'invalid_request',
    [expected],
  ]);
});

/** These move the one clock: they come last. */
describe('the days go by', () => {
  it('a slip can be paid until its days are over, expires two business days later, and then is late', async () => {
    const [slip, other, paid] = [
      await bank.slip({ dueDate: dayIn(0), daysAfterDue: 3 }),
      await bank.slip({ dueDate: dayIn(0), daysAfterDue: 3, amount: 20_000 }),
      await bank.slip({ dueDate: dayIn(0), daysAfterDue: 3 }),
    ];
    const asking = { headers: { 'idempotency-key': fresh('dia') } };
    const wish = { dueDate: dayIn(0), customCode: fresh('dia') };
    const first = await bank.ask(wish, asking);
    await scene.advance(2 * daySeconds);
    // It was in time when it was asked for: its repeat is the same slip, and no refusal.
    const again = await bank.ask(wish, asking);
    expect([again.status, again.body['id']]).toEqual([201, first.body['id']]);
    expect((await bank.ask(wish)).status).toBe(422);
    await bank.pay(paid);
    await bank.becomes(paid.id, 'paid');
    expect(await bank.story(paid.id)).toEqual(['bankslip paid']);
    expect(await bank.charge(slip.id)).toMatchObject({ status: 'pending' });
    const [due] = await rows<{ at: Date }>(scene.app, 'select expire_due_at as at from charge where id = $1', [
      slip.id,
    ]);
    await scene.advance(Math.ceil((due!.at.getTime() - Date.now()) / 1_000) - 2 * daySeconds + 1);
    await bank.becomes(slip.id, 'expired');
    await bank.becomes(other.id, 'expired');
    await bank.pay(other, { late: true });
    await bank.becomes(other.id, 'paid');
    expect(await bank.story(slip.id)).toEqual(['bankslipUpdate expired']);
    expect(await bank.story(other.id)).toEqual(['bankslipUpdate expired', 'bankslip paid late']);
  });

  it('the books are right after all of it', async () => {
    expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
  });
});
