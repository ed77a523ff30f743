import { type Envelope, type Shop, origin, reference } from './pinbank.client.js';

/** An act that can be asked for, and the key that its effect stands under. */
export interface Ready {
  readonly key: unknown;
  readonly ask: () => Promise<Envelope>;
}
/** Every act, with what has to be there before it. */
export const actsOf = (shopOf: () => Shop): Readonly<Record<string, () => Promise<Ready>>> => ({
  'bankslip.create': async () => {
    const shop = shopOf();
    const IdentificadorCliente = reference();
    return { key: IdentificadorCliente, ask: () => shop.slip({ IdentificadorCliente }) };
  },
  'bankslip.cancel': async () => {
    const shop = shopOf();
    const { NossoNumero } = (await shop.slip()).data;
    return { key: NossoNumero, ask: () => shop.call('CashIn/SolicitarBaixaBoleto', { NossoNumero }) };
  },
  'pix.create': async () => {
    const shop = shopOf();
    const NsuOrigem = origin();
    return { key: NsuOrigem, ask: () => shop.code({ NsuOrigem }) };
  },
  'pix.cancel': async () => {
    const shop = shopOf();
    const { PinbankQrCodeId } = (await shop.code()).data;
    const ask = () => shop.call('Pix/AlterarStatusDynamicQrCode', { PinbankQrCodeId, Status: 'DESFAZIMENTO' });
    return { key: PinbankQrCodeId, ask };
  },
  'pix.refund': async () => {
    const shop = shopOf();
    const { TxId } = (await shop.code()).data;
    const { body } = await shop.sim('POST', `pix/${String(TxId)}/pay`);
    const { endToEndId: End2End } = body as { endToEndId: string };
    return { key: End2End, ask: () => shop.call('Pix/DevolucaoPix', { End2End, Valor: 300 }) };
  },
  'cards.authorize': async () => {
    const shop = shopOf();
    const DescricaoPedido = reference();
    return { key: DescricaoPedido, ask: () => shop.sale({ DescricaoPedido }) };
  },
  'cards.capture': async () => {
    const shop = shopOf();
    const NsuOperacao = await shop.sold();
    return { key: NsuOperacao, ask: () => shop.call('Transacoes/CapturarTransacao', { NsuOperacao, Valor: 1000 }) };
  },
  'cards.void': async () => {
    const shop = shopOf();
    const NsuOperacao = await shop.sold();
    return { key: NsuOperacao, ask: () => shop.call('Transacoes/CancelarTransacao', { NsuOperacao, Valor: 1000 }) };
  },
  'cards.refund': async () => {
    const shop = shopOf();
    const NsuOperacao = await shop.sold(false);
    return { key: NsuOperacao, ask: () => shop.call('Transacoes/CancelarTransacao', { NsuOperacao, Valor: 300 }) };
  },
});
