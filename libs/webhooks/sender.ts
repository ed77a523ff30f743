import { isIP } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Webhook as Signer } from 'standardwebhooks';
import { Agent, buildConnector, request } from 'undici';
import { clockOffsetMs, now } from '@libs/kernel/clock.js';
import { Config } from '@libs/kernel/config.js';
import { redact } from '@libs/kernel/log.js';
import { hostOf, isPrivate, PrivateAddress, publicLookup } from './address.js';

const deadlineMs = 10_000;
const answerBytes = 64 * 1_024;

export interface Letter {
  readonly url: string;
  /** The same over every try and every resend. */
  readonly id: string;
  readonly body: string;
  /** Newest first; each signs. */
  readonly secrets: readonly string[];
}
/** The status of what came back within the deadline; without one, why nothing came. */
export type Answer = { readonly status: number } | { readonly status?: undefined; readonly why: string };

/** One signed call; `dispatcher`: who may be called, anybody where it is left out. */
export async function post({ url, id, body, secrets }: Letter, dispatcher?: Agent): Promise<Answer> {
  // The receiver compares it with its own clock, which `/_sim/clock` does not move.
  const at = new Date(now().getTime() - clockOffsetMs());
  try {
    const answer = await request(url, {
      method: 'POST',
      dispatcher,
      signal: AbortSignal.timeout(deadlineMs),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Trilho-Webhooks/1',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': secrets.map((secret) => new Signer(secret).sign(id, at, body)).join(' '),
      },
      body,
    });
    await answer.body.dump({ limit: answerBytes }).catch(() => {});
    return { status: answer.statusCode };
  } catch (error) {
    return { why: redact(error instanceof Error ? error.message : String(error)).slice(0, 200) };
  }
}

/** Calls merchants' endpoints: a connection never leads into a private network unless the installation allows it. */
@Injectable()
export class Sender implements OnApplicationShutdown {
  private readonly agent: Agent;

  constructor(config: Config) {
    const connect = buildConnector({
      timeout: deadlineMs,
      ...(config.WEBHOOK_PRIVATE ? {} : { lookup: publicLookup }),
    });
    this.agent = new Agent({
      connect: (options, callback) => {
        // A literal address is never looked up, so it has to be checked here.
        const host = hostOf(options.hostname);
        if (!config.WEBHOOK_PRIVATE && isIP(host) !== 0 && isPrivate(host)) {
          return callback(new PrivateAddress(`${host} is a private address`), null);
        }
        connect(options, callback);
      },
      headersTimeout: deadlineMs,
      bodyTimeout: deadlineMs,
    });
  }

  send(letter: Letter): Promise<Answer> {
    return post(letter, this.agent);
  }

  onApplicationShutdown(): Promise<void> {
    return this.agent.destroy();
  }
}
