import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '@libs/kernel/config.js';
import { UnavailableFault } from '@libs/kernel/fault.js';
import { point } from '@libs/kernel/point.js';
import { Queue } from '@libs/kernel/queue.js';
import { timer } from '@libs/kernel/timer.js';
import { tx } from '@libs/kernel/transaction.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { Outbox } from '@libs/outbox/outbox.service.js';
import { type Operation, operations, partsOf, type Whole } from '@libs/providers/contract/acts.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { News, Outcome } from '@libs/providers/contract/outcome.js';
import { offered, type Provider } from '@libs/providers/contract/provider.js';
import { providerOf } from '@libs/providers/registry.js';
import type { AttemptView } from './attempt.entity.js';
import { Attempts, type Place, type Wanted, type Way, wayBack, wayOf, type Witness } from './attempts.js';
import { countAttempt } from './counted.js';
import { actOf, Credentials } from './credentials.js';
import { type Claim, run, type Steps } from './executor.js';
import { Health } from './health.js';
import { Inputs } from './inputs.js';
import { Movements } from './movements.js';
import { Owners, type Owned, type Source } from './owners.js';
import { canDo, type Decision, type Instruction, plan, type Plan } from './plan.js';
import { Policy } from './policy.service.js';
import { adopt, record, type Sinks, suspend } from './record.js';
import { settle, type Step } from './settlement.js';

/** The acts of a provider between which an object must rest. */
const restsOf = (provider: Provider): readonly Operation[] =>
  operations.filter((it) => (provider.restMs?.(it) ?? 0) > 0);

/** Follow-ups have no choice to make: they go where the money is. */
const noChoice: Decision = { rulesVersion: 0, candidates: [] };

/** The doors: `plan` and `run` for wishes; `settle` and `record`, the only ways news is recorded, both idempotent. */
@Injectable()
export class Routing {
  private readonly sinks: Sinks;
  private readonly logger = new Logger('attempt');

  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly attempts: Attempts,
    private readonly credentials: Credentials,
    private readonly policy: Policy,
    private readonly health: Health,
    private readonly inputs: Inputs,
    owners: Owners,
    movements: Movements,
    ledger: Ledger,
    outbox: Outbox,
    queue: Queue,
  ) {
    this.sinks = { attempts, owners, movements, ledger, outbox, queue };
  }

  /** Which lanes would serve, in what order and why. Touches nothing. */
  async plan(instruction: Instruction): Promise<Plan> {
    return plan(instruction, await this.policy.facts(instruction));
  }

  /** The first lane, and the next ones as long as it is proved that nothing was executed. Undefined: a repeat. */
  run(
    instruction: Instruction,
    { lanes, decision }: Extract<Plan, { lanes: unknown }>,
    claim: Claim,
  ): Promise<Step | undefined> {
    const [first, ...rest] = lanes.map(wayOf);
    return this.execute({ ...instruction, decision }, [first!, ...rest], claim);
  }

  /** Whether the account of an earlier attempt has the act that would follow upon it. */
  async can({ provider: name, credentialId: id }: Place, operation: Operation, input: unknown = {}): Promise<boolean> {
    const provider = providerOf(name);
    if (!canDo(provider, operation)) return false;
    return provider.unfit?.(operation, input, await this.credentials.settings({ id, provider: name })) === undefined;
  }

  /**
   * A follow-up on what an earlier attempt made, or on money that came by itself: one lane, the credential where it is.
   * @throws UnavailableFault when what the act will be proved by cannot be read; nothing has been written then.
   */
  async follow(instruction: Instruction<Whole>, made: Place, claim: Claim): Promise<AttemptView | undefined> {
    const { ref, receipt, reason } = instruction.input;
    const parent = { ref, receipt, reason };
    const wanted = { ...instruction, decision: noChoice, parent, saleAt: made.saleAt };
    const provider = providerOf(made.provider);
    if (!offered(provider, instruction.operation)?.before)
      return (await this.execute(wanted, [wayBack(made)], claim))?.view;
    const object = provider.objectOf?.(instruction.operation, instruction.input);
    const acts = await this.attempts.upon(this.em.fork(), made.credentialId, object, restsOf(provider));
    if (acts.live > 0 || this.rests(made, instruction.operation, acts.restedMs)) throw new UnavailableFault();
    const before = await this.shown(instruction.operation, made, parent);
    const step = await this.execute({ ...wanted, before }, [wayBack(made)], async (em) => {
      const claimed = await claim(em);
      // What was read is worth nothing when another act has come in between: it would prove that one.
      const now = await this.attempts.upon(em, made.credentialId, object);
      if (claimed === 'send' && now.all !== acts.all) throw new UnavailableFault();
      return claimed;
    });
    return step?.view;
  }

  /** Whether what the act touches must be left alone a while longer. The simulator minds it only as its tests want. */
  private rests({ provider, environment }: Place, operation: Operation, restedMs?: number): boolean {
    const restMs = providerOf(provider).restMs?.(operation) ?? 0;
    const most = environment === 'simulator' ? (this.config.SIMULATOR_PROOF_MS ?? Infinity) : Infinity;
    return restedMs !== undefined && restedMs < Math.min(restMs, most);
  }

  /** What an object shows before an act upon it, where the provider proves acts by that. */
  private async shown(operation: Operation, made: Place, parent: Whole): Promise<string> {
    const read = offered(providerOf(made.provider), operation)!.before!;
    const credentials = await this.credentials.open(made.credentialId);
    const input = { act: partsOf(operation)[1], parent };
    const answer = await read({ credentials, input, leftMs: timer(this.config.PROVIDER_DEADLINE_MS) });
    if (answer.kind === 'read') return answer.data;
    this.logger.warn({ operation, provider: made.provider, credential: made.credentialId, before: answer.message });
    throw new UnavailableFault();
  }

  private execute(wanted: Wanted, ways: readonly [Way, ...Way[]], claim: Claim): Promise<Step | undefined> {
    const later = { ...wanted, wish: undefined };
    const steps: Steps = {
      open: async (way, claimed) => {
        point('claim.before', wanted.operation);
        const opened = await tx(this.em, async (em) =>
          (await claimed(em)) === 'send' ? this.attempts.open(em, wanted, way) : undefined,
        );
        point('claim.after', wanted.operation);
        return opened;
      },
      prepare: async (way, opened, leftMs) => {
        const provider = providerOf(way.provider);
        const credentials = await this.credentials.open(way.credentialId);
        const input = await this.inputs.ready(wanted.operation, wanted.input);
        const callbackUrl = (): Promise<string> => this.credentials.addressOf(way.credentialId);
        const call = { key: opened.key, credentials, input, leftMs, callbackUrl };
        return () => this.guarded(way, opened.id, wanted.operation, () => actOf(provider, wanted.operation)(call));
      },
      settle: async (id, outcome, next) => {
        const follow = next && { way: next, wanted: later };
        const step = await settle(this.em, this.sinks, id, outcome, 'call', follow);
        countAttempt(step.view, outcome);
        return step;
      },
    };
    return run(steps, this.config.PROVIDER_DEADLINE_MS, ways, claim);
  }

  /** One call under its credential's breaker, with one line of log. */
  private async guarded(
    { credentialId, provider }: Way,
    attempt: string,
    operation: Operation,
    wire: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const admitted = this.health.admit(credentialId);
    if (!admitted) {
      return { kind: 'unsent', why: 'breaker', message: 'the breaker of this credential is open' };
    }
    let outcome: Outcome = { kind: 'unknown', why: 'crash', message: 'the adapter threw' };
    const leftMs = timer(0);
    try {
      outcome = await wire();
      return outcome;
    } finally {
      this.health.note(admitted, outcome);
      const why = 'why' in outcome ? outcome.why : 'code' in outcome ? outcome.code : undefined;
      const line = { attempt, operation, provider, credential: credentialId, outcome: outcome.kind, why };
      this.logger.log({ ...line, ms: Math.round(-leftMs()) });
    }
  }

  async settle(attemptId: string, news: News, from: Source, witness?: Witness): Promise<AttemptView> {
    const { view } = await settle(this.em, this.sinks, attemptId, news, from, undefined, witness);
    this.logger.log({ attempt: attemptId, news: news.kind, from, state: view.state, operation: view.operation });
    return view;
  }

  record(credential: string, moved: Moved): Promise<void> {
    return record(this.em, this.sinks, credential, moved);
  }

  suspend(credential: string, moved: Moved): Promise<void> {
    return suspend(this.em, this.sinks, credential, moved);
  }

  /** Takes a movement out of suspense as an owner's that has no attempts. False: it waits there no more. */
  adopt(movement: string, owner: Owned): Promise<boolean> {
    return adopt(this.em, this.sinks, movement, owner);
  }
}
