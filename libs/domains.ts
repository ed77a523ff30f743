import type { Type } from '@nestjs/common';
import { adminControllers, AdminModule } from './admin/admin.module.js';
import { ResolutionSchema } from './admin/resolution.entity.js';
import { bankslipControllers, BankslipModule } from './bankslip/bankslip.module.js';
import { BankslipSchema } from './bankslip/bankslip.entity.js';
import { cardsControllers, CardsModule } from './cards/cards.module.js';
import { CreditCardSchema, DebitCardSchema } from './cards/cards.entity.js';
import { KeptCardSchema } from './cards/tokens.entity.js';
import { chargesControllers, ChargesModule } from './charges/charges.module.js';
import { ChargeSchema } from './charges/charges.entity.js';
import { RefundSchema } from './charges/refund.entity.js';
import { inboxControllers, InboxModule } from './inbox/inbox.module.js';
import { NoticeSchema } from './inbox/notice.entity.js';
import { JobSchema } from './kernel/job.entity.js';
import { BalanceSchema } from './ledger/balance.entity.js';
import { EntrySchema, PostingSchema } from './ledger/entry.entity.js';
import { ledgerControllers, LedgerModule } from './ledger/ledger.module.js';
import { VerificationSchema } from './ledger/verification.entity.js';
import { AccessTokenSchema, ApiKeySchema } from './merchants/key.entity.js';
import { MerchantSchema } from './merchants/merchant.entity.js';
import { merchantsControllers, MerchantsModule } from './merchants/merchants.module.js';
import { EventSchema } from './outbox/outbox.entity.js';
import { outboxControllers, OutboxModule } from './outbox/outbox.module.js';
import { PixSchema } from './pix/pix.entity.js';
import { pixControllers, PixModule } from './pix/pix.module.js';
import { RequestSchema } from './requests/request.entity.js';
import { AttemptSchema } from './routing/attempt.entity.js';
import { CredentialSchema } from './routing/credential.entity.js';
import { FindingSchema } from './routing/finding.entity.js';
import { LaneSchema } from './routing/lane.entity.js';
import { MovementSchema } from './routing/movement.entity.js';
import { ReplaySchema } from './routing/replay.entity.js';
import { StatementSchema } from './statements/statement.entity.js';
import { StatementsModule } from './statements/statements.module.js';
import { SealedSchema } from './vault/vault.entity.js';
import { DeliverySchema } from './webhooks/delivery.entity.js';
import { WebhookSchema } from './webhooks/webhook.entity.js';
import { webhooksControllers, WebhooksModule } from './webhooks/webhooks.module.js';

interface Domain {
  readonly module: Type;
  readonly controllers: readonly Type[];
}

/** Every domain, one line each: its module for all processes, its controllers for those that serve. */
export const domains: readonly Domain[] = [
  { module: MerchantsModule, controllers: merchantsControllers },
  { module: LedgerModule, controllers: ledgerControllers },
  { module: OutboxModule, controllers: outboxControllers },
  { module: ChargesModule, controllers: chargesControllers },
  { module: PixModule, controllers: pixControllers },
  { module: BankslipModule, controllers: bankslipControllers },
  { module: CardsModule, controllers: cardsControllers },
  { module: StatementsModule, controllers: [] },
  { module: InboxModule, controllers: inboxControllers },
  { module: WebhooksModule, controllers: webhooksControllers },
  { module: AdminModule, controllers: adminControllers },
];

/** Every table that has an entity. */
export const entities = [
  JobSchema,
  SealedSchema,
  MerchantSchema,
  ApiKeySchema,
  AccessTokenSchema,
  RequestSchema,
  EntrySchema,
  PostingSchema,
  BalanceSchema,
  VerificationSchema,
  EventSchema,
  AttemptSchema,
  FindingSchema,
  CredentialSchema,
  LaneSchema,
  MovementSchema,
  ReplaySchema,
  StatementSchema,
  ChargeSchema,
  PixSchema,
  BankslipSchema,
  CreditCardSchema,
  DebitCardSchema,
  RefundSchema,
  KeptCardSchema,
  NoticeSchema,
  ResolutionSchema,
  WebhookSchema,
  DeliverySchema,
];
