import { Refusal } from '@apps/sandbox/front.js';

/** Codes of the provider's table that can come up here, with its words. */
const messages = {
  3500000: 'Erro interno do servidor.',
  3500001: 'A aplicação fornecida não tem permissão para utilizar este endpoint.',
  3500006: 'O total fornecido é superior ao limite máximo por transação.',
  3500007: 'O tipo de pagamento informado na propriedade [type] não está disponível.',
  3500010: 'A propriedade [%s] informada não existe.',
  3500038: 'Apenas transações com status [waiting] ou [unpaid] podem ser atualizadas.',
  3500042: 'O parâmetro [data] deve ser um JSON.',
  3500043: 'Apenas transações com status [new],[link],[waiting] ou [unpaid] podem ser canceladas.',
  3500044: 'A transação não pode ser paga pois possui o status [%s].',
  3500049: 'O limite de consumo para este endpoint foi excedido.',
  4600007: 'A data do vencimento do boleto deve ser maior ou igual que a data atual.',
  4600036: 'valor da emissão %s é inferior ao limite mínimo para esta transação (5,00)',
  4600060: 'A data informada é inválida.',
  4600142: 'Transação não processada por conter incoerência nos dados cadastrais.',
  4600210:
    'Não é possível emitir três cobranças idênticas. Por favor, entre em contato com nosso suporte para orientações ' +
    'sobre o uso correto dos serviços Efí.',
  4600523:
    'Valor total com desconto está abaixo do mínimo permitido para emissão. Valor total: %s, valor mínimo para ' +
    'emissão: R$ 5,00.',
} as const;
export type Code = keyof typeof messages;

/** The word beside a code is printed for a validation only: nobody may go by the other one. */
export const refused = (status: number, code: number, error: string, description: unknown): Refusal =>
  new Refusal(status, { code, error, error_description: description });

/** A refusal by a code of the table; `named` fills the place that its words leave open. */
export const numbered = (status: number, code: Code, named = ''): Refusal =>
  refused(status, code, 'invalid_operation', messages[code].replace('%s', named));
