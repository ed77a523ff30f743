import { Injectable } from '@nestjs/common';
import { before } from '@libs/kernel/before.js';
import { Merchants } from '@libs/merchants/merchants.service.js';
import type { LaneDto, LanesView } from '@libs/routing/lanes.dto.js';
import { Lanes } from '@libs/routing/lanes.service.js';

/** The lanes of a merchant that exists. */
@Injectable()
export class LanesRoom {
  constructor(
    private readonly merchants: Merchants,
    private readonly lanes: Lanes,
  ) {}

  /** @throws MissingFault, and what `Lanes.replace` throws. */
  async replace(merchantId: string, lanes: readonly LaneDto[]): Promise<LanesView> {
    const { id } = await this.merchants.get(merchantId);
    before({ data: await this.lanes.list(id) });
    return { data: await this.lanes.replace(id, lanes) };
  }

  /** @throws MissingFault. */
  async list(merchantId: string): Promise<LanesView> {
    const { id } = await this.merchants.get(merchantId);
    return { data: await this.lanes.list(id) };
  }
}
