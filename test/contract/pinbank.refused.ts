import { boleto, order, payer, qrcode } from './pinbank.client.js';

type Refused = readonly [what: string, method: string, data: object, fields: readonly string[]];
const slip = (what: string, over: object, ...fields: readonly string[]): Refused => [
  what,
  'CashIn/GerarBoleto',
  boleto(over),
  fields,
];
const sale = (what: string, over: object, ...fields: readonly string[]): Refused => [
  what,
  'Transacoes/EfetuarTransacao',
  order(over),
  fields,
];
const code = (what: string, over: object, ...fields: readonly string[]): Refused => [
  what,
  'Pix/SolicitarDynamicQrCode',
  qrcode(over),
  fields,
];

/** What cannot be, by method, and the fields that the provider complains of. */
export const refusedBodies: readonly Refused[] = [
  slip('no amount', { Valor: undefined }, 'Valor'),
  slip('an amount of 0', { Valor: 0 }, 'Valor'),
  slip('reais', { Valor: 10.5 }, 'Valor'),
  slip('an amount as a text', { Valor: '1000' }, 'Valor'),
  slip('a day that does not exist', { DataVencimento: '20350230' }, 'DataVencimento'),
  slip('a day that no bar code can write', { DataVencimento: '20991231' }, 'DataVencimento'),
  slip('a day gone by', { DataVencimento: '2020-01-01' }, 'DataVencimento'),
  slip('no reference', { IdentificadorCliente: '' }, 'IdentificadorCliente'),
  slip('an address that is none', { Email: 'foo' }, 'Email'),
  slip('nobody', { DadosSacado: undefined }, 'DadosSacado'),
  slip('a payer without an address', { DadosSacado: { ...payer, Endereco: '' } }, 'DadosSacado.Endereco'),
  slip('wrong digits', { DadosSacado: { ...payer, CpfCnpj: '12345678901' } }, 'DadosSacado.CpfCnpj'),
  slip('another country', { DadosSacado: { ...payer, Uf: 'XXX', Cep: 'abc' } }, 'DadosSacado.Uf', 'DadosSacado.Cep'),
  slip('interest of a half', { Juros: { Valor: 0.5 } }, 'Juros'),
  sale('no number', { NumeroCartao: undefined }, 'NumeroCartao'),
  sale('a number that is none', { NumeroCartao: '4000000000000011' }, 'NumeroCartao'),
  sale('month 13', { DataValidade: '203013' }, 'DataValidade'),
  sale('a card that is over', { DataValidade: '202001' }, 'DataValidade'),
  sale('a code of five', { CodigoSeguranca: '12345' }, 'CodigoSeguranca'),
  sale('a name of digits', { NomeImpresso: 'FULANO 2' }, 'NomeImpresso'),
  sale('no buyer', { CpfComprador: undefined, NomeComprador: '' }, 'CpfComprador', 'NomeComprador'),
  sale('a half cent', { Valor: 10.5 }, 'Valor'),
  sale('another way to pay', { FormaPagamento: '4' }, 'FormaPagamento'),
  sale('one instalment of two', { FormaPagamento: '2' }, 'QuantidadeParcelas'),
  sale('two instalments at once', { QuantidadeParcelas: 2 }, 'QuantidadeParcelas'),
  sale('too many', { FormaPagamento: '2', QuantidadeParcelas: 13 }, 'QuantidadeParcelas'),
  code('nothing', { ValorQrCode: 0 }, 'ValorQrCode'),
  code('a reference of letters', { NsuOrigem: 'abc' }, 'NsuOrigem'),
  code('a reference beyond an int', { NsuOrigem: 2 ** 31 }, 'NsuOrigem'),
  code('no end', { SegundosExpiracao: 0 }, 'SegundosExpiracao'),
  code('a perhaps', { PermitirPagamentoAposExpiracao: 'sim' }, 'PermitirPagamentoAposExpiracao'),
  ['a slip of another shape', 'CashIn/ConsultarBoleto', { NossoNumero: '1' }, ['NossoNumero']],
  ['a code without a number', 'Pix/ConsultarDynamicQrCode', {}, ['PinbankQrCodeId']],
  ['a payment of another shape', 'Pix/DevolucaoPixConsulta', { End2End: 'E1' }, ['End2End']],
  ['a capture of nothing', 'Transacoes/CapturarTransacao', { NsuOperacao: '1' }, ['Valor']],
  [
    'a statement of no days',
    'ContaDigital/ExtratoContaDigital',
    {},
    ['DataInicial', 'DataFinal', 'QuantidadeLinhasRetorno', 'OffsetRetorno'],
  ],
];
