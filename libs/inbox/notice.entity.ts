import { defineEntity, p } from '@mikro-orm/core';
import type { Notice as Told } from '@libs/providers/contract/callbacks.js';
import type { About } from '@libs/providers/contract/moved.js';
import type { ProviderId } from '@libs/providers/contract/provider.js';
import type { KeptNews } from './news.js';

export const noticeStates = ['waiting', 'working', 'done', 'unmatched'] as const;
export type NoticeState = (typeof noticeStates)[number];

/** One fact that a callback told of, as it came. `waiting`: its job has not begun, so the same hint folds into it. */
export const NoticeSchema = defineEntity({
  name: 'Notice',
  tableName: 'notice',
  properties: {
    id: p.uuid().primary(),
    credentialId: p.uuid(),
    provider: p.text().$type<ProviderId>(),
    kind: p.text().$type<Told['kind']>(),
    eventId: p.text().nullable(),
    about: p.json<About>(),
    /** What a signed event says; of a hint only a doubt. */
    news: p.json<KeptNews>().nullable(),
    /** The whole body that brought it, secrets cut. */
    body: p.text(),
    state: p.text().$type<NoticeState>(),
    tries: p.integer(),
    outcome: p.text().nullable(),
    receivedAt: p.datetime(),
    doneAt: p.datetime().nullable(),
  },
});
export class Notice extends NoticeSchema.class {}
NoticeSchema.setClass(Notice);
