import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, StreamableFile } from '@nestjs/common';
import { Cancels } from '@libs/charges/cancels.service.js';
import type { ChargeStatus } from '@libs/charges/charges.entity.js';
import { type ChargeBody, Charges } from '@libs/charges/charges.service.js';
import { Methods } from '@libs/charges/methods.js';
import { ChargeOwner } from '@libs/charges/owner.js';
import { assertRefundable } from '@libs/charges/refunds.service.js';
import { Sales } from '@libs/charges/sales.service.js';
import type { Merchant } from '@libs/kernel/caller.js';
import { MissingFault, UnservedFault } from '@libs/kernel/fault.js';
import { dayAt } from '@libs/kernel/period.js';
import type { Reply } from '@libs/kernel/reply.js';
import { assertNoStrays } from '@libs/kernel/stray.js';
import { Merchant as MerchantRow } from '@libs/merchants/merchant.entity.js';
import { bps, cents } from '@libs/money/cents.js';
import type { BankslipInput } from '@libs/providers/contract/inputs.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import { Owners } from '@libs/routing/owners.js';
import type { Instruction } from '@libs/routing/plan.js';
import { assertDueDate, assertOneFine, assertReceiver } from './bankslip.check.js';
import type { CreateBankslipDto, RefundBankslipDto } from './bankslip.dto.js';
import { type Bankslip, slipOf } from './bankslip.entity.js';
import { bankslipMethod } from './bankslip.method.js';
import { insertSlip, usualPayableDays } from './bankslip.rows.js';
import type { SlipPage } from './pdf.js';

const type = 'bankslip';
/** What a slip may be asked for as paper: to pay it, or to show that it was. */
const onPaper: readonly ChargeStatus[] = ['pending', 'paid', 'refund_requested', 'refunded'];

/** Bank slips (boletos), from the request to the paper. */
@Injectable()
export class BankslipService {
  constructor(
    private readonly em: EntityManager,
    private readonly cancels: Cancels,
    private readonly charges: Charges,
    private readonly sales: Sales,
    private readonly requests: Requests,
    owners: Owners,
    methods: Methods,
  ) {
    methods.register(bankslipMethod);
    owners.register(new ChargeOwner(bankslipMethod));
  }

  /**
   * @throws UnavailableFault when no provider took it, provably; the charge is kept as `failed`. InvalidFault when its
   * due date is over, unless it repeats a request that was in time.
   */
  create(merchant: Merchant, wish: Wish, dto: CreateBankslipDto): Promise<Reply<ChargeBody>> {
    assertNoStrays(dto);
    assertOneFine(dto.fine);
    return this.sales.create(merchant, wish, type, (id) => {
      assertDueDate(dto.dueDate);
      return {
        instruction: instructionOf(merchant, dto, id),
        insert: (em, status) => insertSlip(em, merchant, { id, dto, status }),
      };
    });
  }

  one(merchant: Merchant, id: string): Promise<ChargeBody> {
    return this.charges.view(merchant, id, type);
  }

  byCustomCode(merchant: Merchant, customCode: string): Promise<readonly ChargeBody[]> {
    return this.charges.byCustomCode(merchant, type, customCode);
  }

  /** Where the provider has no cancel it is closed here, and what is paid for it is late. @throws as Cancels. */
  cancel(merchant: Merchant, wish: Wish, id: string): Promise<Reply<ChargeBody>> {
    return this.cancels.cancel(merchant, wish, type, id);
  }

  /**
   * No provider gives the money of a slip back: it is paid out, and pay-outs are not served yet.
   * @throws InvalidFault, MissingFault or ConflictFault for what could never be done; UnservedFault for all else.
   */
  async refund(merchant: Merchant, wish: Wish, id: string, { amount, to }: RefundBankslipDto): Promise<never> {
    assertReceiver(to);
    await this.requests.repeat(this.em.fork(), wish);
    assertRefundable(await this.charges.load(merchant, id, type), amount);
    throw new UnservedFault({ id });
  }

  /** The slip as one page of A4. @throws MissingFault as long as it is not registered, and once nobody may pay it. */
  async pdf(merchant: Merchant, id: string): Promise<StreamableFile> {
    const slip = slipOf(await this.charges.load(merchant, id, type));
    const { barcode, digitableLine: line } = slip;
    if (!barcode || !line || !onPaper.includes(slip.status)) throw new MissingFault(bankslipMethod.missing);
    const { name, document } = await this.em.fork().findOneOrFail(MerchantRow, slip.merchantId);
    const beneficiary = { name, taxId: document ?? undefined };
    const { slipPdf } = await import('./pdf.js'); // loaded when first asked for: most processes never are
    const page = await slipPdf({ ...pageOf(slip), barcode, line, beneficiary });
    return new StreamableFile(page, {
      type: 'application/pdf',
      length: page.length,
      disposition: `attachment; filename="boleto-${slip.id}.pdf"`,
    });
  }
}

function instructionOf({ merchantId, mode }: Merchant, dto: CreateBankslipDto, id: string): Instruction<BankslipInput> {
  const { amount, dueDate, payerData, instructions, fine, interest, daysAfterDue = usualPayableDays } = dto;
  const { name, documentNumber: taxId, email, phoneNumber: phone, address } = payerData;
  return {
    merchantId,
    mode,
    operation: 'bankslip.create',
    amount,
    currency: 'BRL',
    owner: { kind: type, id },
    input: {
      amount,
      currency: 'BRL',
      dueOn: dueDate,
      payableDays: daysAfterDue,
      payer: { name, taxId, email, phone, address },
      instructions,
      ...(fine
        ? { fine: fine.amount === undefined ? { rateBps: bps(fine.percentage!) } : { amount: fine.amount } }
        : {}),
      ...(interest ? { interest: { monthlyBps: bps(interest.percentage) } } : {}),
    },
  };
}

/** What the slip's own row says of it. */
function pageOf(slip: Bankslip): Omit<SlipPage, 'barcode' | 'line' | 'beneficiary'> {
  const { amount, dueOn, payableDays, customer, referenceCode, customCode, instructions, fine, interestBps } = slip;
  return {
    amount,
    dueOn,
    issuedOn: dayAt(slip.createdAt),
    payableDays,
    payer: { name: customer?.name, taxId: customer?.documentNumber, address: customer?.address },
    number: referenceCode ?? undefined,
    reference: customCode ?? undefined,
    instructions: instructions ?? undefined,
    ...(fine ? { fine: 'amount' in fine ? { amount: cents(fine.amount) } : { rateBps: bps(fine.rateBps) } } : {}),
    ...(interestBps ? { interest: { monthlyBps: bps(interestBps) } } : {}),
    pixCode: slip.qrCode ?? undefined,
  };
}
