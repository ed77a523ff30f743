import { createServer, type Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { verify } from '@libs/brazil/brcode.js';
import type { Child } from './demo.child.js';

/** The sample of the Idea Gateway document, as printed. */
const sample = {
  amount: '1000',
  customCode: 'order123',
  customer: {
    name: 'FULANO DE TAL',
    email: 'foo@bar.com',
    phoneNumber: 11123451234,
    birthdate: '1990-01-01',
    address: {
      street: 'Rua do Alecrim',
      number: 'S/N',
      country: 'BR',
      state: 'SP',
      zipCode: 45002100,
      city: 'São Paulo',
      complement: 'string',
      neighborhood: 'Jardim São Paulo',
    },
  },
  instructions: 'Após o pagamento, consulte seu titulo 1 no app.',
  paymentId: '00000hipercapmogi121640000300221295',
  expire: 3600,
};

interface Json {
  readonly [name: string]: Json;
  readonly [index: number]: Json;
}
interface Answer {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: Json;
}
const text = (it: unknown): string => String(it);
const reais = (cents: unknown): string => {
  const digits = text(cents).replace('-', '').padStart(3, '0');
  return `${text(cents).startsWith('-') ? '-' : ''}R$ ${digits.slice(0, -2)},${digits.slice(-2)}`;
};

/** A story told by really doing it: every line is what an answer, a webhook or the ledger has said. */
export class Story {
  private receiver?: Server;
  private secret = '';
  private readonly events: Json[] = [];

  constructor(
    private readonly child: Child,
    private readonly step: (line: string) => void,
    private readonly say: (line: string) => void,
  ) {}

  async tell(): Promise<void> {
    this.say('Trilho: o primeiro pagamento, do pedido ao livro-razão\n');
    this.step('1. Inicia tudo numa pasta nova: PostgreSQL, API, tarefas e o mundo simulado');
    await this.child.start();
    this.step(`   pronto em ${this.child.ready.url}`);
    await this.listen();
    await this.paid();
    await this.lostAnswer();
    await this.killed();
    await this.ledger();
  }

  async close(): Promise<void> {
    this.receiver?.closeAllConnections();
    await new Promise<void>((resolve) => (this.receiver ? this.receiver.close(() => resolve()) : resolve()));
  }

  private async listen(): Promise<void> {
    const receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const headers = request.headers as Record<string, string>;
        const { event } = new Webhook(this.secret).verify(Buffer.concat(chunks), headers) as { event: Json };
        this.events.push(event);
        response.end();
      });
    });
    this.receiver = receiver;
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as { port: number };
    const { body } = await this.ask('POST', '/webhooks', { url: `http://127.0.0.1:${port}/loja` });
    this.secret = text(body['secret']);
    this.step('2. A loja registra seu webhook e guarda o segredo das assinaturas');
  }

  private async paid(): Promise<void> {
    const { body } = await this.ask('POST', '/pix', sample);
    const code = text(body['qrCode']);
    this.must(verify(code), 'o CRC do BR Code não confere');
    this.step(
      `3. POST /pix, exemplo impresso: ${reais(body['amount'])}, ${text(body['status'])}, ${text(body['provider'])}`,
    );
    this.step(`   ${code.slice(0, 60)}… (CRC confere)`);
    await this.sandbox('POST', `/_sim/pix/${sample.paymentId}/pay`, {});
    await this.event('pix');
    this.step('4. O pagador paga no simulador; o webhook chega assinado, e a assinatura confere');
    const id = text(body['id']);
    await this.ask('POST', `/pix/${id}/refund`, { amount: 300 });
    await this.until(id, 'refunded');
    this.step('5. Estorno de R$ 3,00: pedido, enviado e confirmado pelo provedor');
    const rest = await this.ask('POST', `/pix/${id}/refund`, {});
    this.must(rest.status === 200, 'o estorno do resto foi recusado');
    const whole = await this.until(id, 'refunded');
    this.step(
      `   e do resto: ${reais(whole['refundedAmount'])} devolvidos, ${reais(whole['amountRefundable'])} por devolver`,
    );
  }

  private async lostAnswer(): Promise<void> {
    this.step('6. O provedor cumpre, mas a resposta se perde no meio da chamada (timeout_after)');
    await this.sandbox('PUT', '/_sim/faults', {
      provider: 'gerencianet',
      operation: 'pix.create',
      kind: 'timeout_after',
      times: 1,
    });
    const wish = { amount: 2500, customCode: 'perdida' };
    const first = await this.ask('POST', '/pix', wish, 'pedido-perdido');
    this.must(first.status === 202, `esperava 202, veio ${first.status}`);
    this.step('   202 processing: não se sabe, e por isso nada é reenviado a ninguém');
    const id = text(first.body['id']);
    const found = await this.until(id, 'pending');
    const again = await this.ask('POST', '/pix', wish, 'pedido-perdido');
    this.must(again.replayed && text(again.body['id']) === id, 'a repetição criou outra cobrança');
    this.step('   o provedor é perguntado e a cobrança é achada; repetir o pedido com a mesma chave devolve a mesma');
    await this.sandbox('POST', `/_sim/pix/${text(found['metadata']!['paymentId'])}/pay`, {});
    await this.until(id, 'paid');
    this.step(`   paga uma vez; efeitos pix.create no mundo para ela: ${await this.effects(found)}`);
  }

  private async killed(): Promise<void> {
    this.step('7. kill -9 no meio de uma chamada');
    await this.sandbox('PUT', '/_sim/faults', {
      provider: 'gerencianet',
      operation: 'pix.create',
      kind: 'slow',
      times: 1,
      delayMs: 800,
    });
    const wish = { amount: 4200, customCode: 'kill' };
    const cut = this.ask('POST', '/pix', wish, 'pedido-cortado').catch(() => undefined);
    await wait(400);
    await this.child.kill();
    await cut;
    this.step('   processo morto; o PostgreSQL segue vivo e é adotado na volta');
    await this.child.start();
    const again = await this.ask('POST', '/pix', wish, 'pedido-cortado');
    const found = await this.until(text(again.body['id']), 'pending');
    this.step(
      `   a loja repete com a mesma chave: ${text(found['status'])}; efeitos no mundo: ${await this.effects(found)}`,
    );
    await this.sandbox('POST', `/_sim/pix/${text(found['metadata']!['paymentId'])}/pay`, {});
    await this.until(text(again.body['id']), 'paid');
  }

  private async ledger(): Promise<void> {
    this.step('8. O livro-razão de tudo isso, ao lado do que o mundo simulado viu\n');
    const { body } = await this.admin('GET', '/admin/ledger/addresses?limit=100');
    const rows = [...(body['data'] as unknown as Json[])];
    for (const row of rows) this.say(`   ${text(row['address']).padEnd(58)} ${reais(row['balance']).padStart(16)}`);
    const sum = rows.reduce((total, row) => total + BigInt(text(row['balance'])), 0n);
    this.say(`   ${'soma'.padEnd(58)} ${reais(sum).padStart(16)}\n`);
    const { body: world } = await this.sandbox('GET', '/_sim/ledger');
    for (const it of world['effects'] as unknown as Json[]) {
      this.say(
        `   ${text(it['operation']).padEnd(16)} ${text(it['key']).padEnd(40)} ${reais(it['amount']).padStart(16)}`,
      );
    }
    const { body: started } = await this.admin('POST', '/admin/ledger/verify');
    const checked = await this.patient(async () => {
      const { body: now } = await this.admin('GET', `/admin/ledger/verifications/${text(started['id'])}`);
      return text(now['status']) === 'running' ? undefined : now;
    });
    this.must(sum === 0n && text(checked['ok']) === 'true', 'o livro-razão não fecha');
    this.say('');
    this.step('   soma zero, e a verificação do livro-razão confere');
  }

  private async effects(charge: Json): Promise<number> {
    const { body } = await this.sandbox('GET', '/_sim/ledger');
    const key = text(charge['metadata']!['paymentId']);
    const ours = (body['effects'] as unknown as Json[]).filter(
      (it) => text(it['key']) === key && text(it['operation']) === 'pix.create',
    );
    this.must(ours.length === 1, `esperava um efeito, há ${ours.length}`);
    return ours.length;
  }

  private until(id: string, status: string): Promise<Json> {
    return this.patient(async () => {
      const { body } = await this.ask('GET', `/pix/${id}`);
      const settled = text(body['status']) === status && text(body['pendingOperation']) === 'null';
      return settled ? body : undefined;
    });
  }

  private event(type: string): Promise<Json> {
    return this.patient(async () => this.events.find((it) => text(it['type']) === type));
  }

  private async patient<T>(what: () => Promise<T | undefined>): Promise<T> {
    for (let left = 300; left > 0; left -= 1) {
      const found = await what();
      if (found !== undefined) return found;
      await wait(100);
    }
    throw new Error('não aconteceu a tempo');
  }

  private must(holds: boolean, otherwise: string): void {
    if (!holds) throw new Error(otherwise);
  }

  private ask(method: string, path: string, body?: unknown, idempotencyKey?: string): Promise<Answer> {
    const headers: Record<string, string> = idempotencyKey ? { 'idempotency-key': idempotencyKey } : {};
    return send(`${this.child.ready.url}${path}`, method, body, {
      authorization: `Bearer ${this.child.ready.merchantKey}`,
      ...headers,
    });
  }

  private admin(method: string, path: string, body?: unknown): Promise<Answer> {
    return send(`${this.child.ready.url}${path}`, method, body, {
      authorization: `Bearer ${this.child.ready.adminKey}`,
    });
  }

  private sandbox(method: string, path: string, body?: unknown): Promise<Answer> {
    return send(`${this.child.ready.sandboxUrl}${path}`, method, body, {});
  }
}

async function send(
  url: string,
  method: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said = await response.text();
  const answer = { status: response.status, replayed: response.headers.get('idempotent-replayed') === 'true' };
  return { ...answer, body: (said === '' ? {} : JSON.parse(said)) as Json };
}
