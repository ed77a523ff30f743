import { describe, expect, it } from 'vitest';
import { lineOf } from './pinbank.statement.js';

const row = { IdLpf: 7, DataTransacao: '2026-01-20T10:00:00', Descricao: 'Pix recebido', Valor: 10.5 };

describe('a line of the digital account', () => {
  it.each<[object, string]>([
    [{}, 'received 1050'],
    [{ TipoTransacao: 'C' }, 'received 1050'],
    [{ TipoTransacao: 'D' }, 'sent 1050'],
    [{ Valor: -10.5 }, 'sent 1050'],
    [{ Valor: -10.5, TipoTransacao: 'D' }, 'sent 1050'],
    [{ IdLpf: '7', Valor: 3 }, 'received 300'],
  ])('%j', (over, expected) => {
    const line = lineOf({ ...row, ...over })!;
    expect(`${line.kind} ${line.amount}`).toBe(expected);
    expect(line).toMatchObject({ line: '7', id: '7', about: {}, currency: 'BRL', text: 'Pix recebido' });
    expect(line.at.toISOString()).toBe('2026-01-20T13:00:00.000Z');
  });

  it.each([{ IdLpf: null }, { DataTransacao: '0001-01-01T00:00:00' }, { Valor: '10.50' }, { Valor: 1.234 }])(
    'cannot be read: %j',
    (over) => {
      expect(lineOf({ ...row, ...over })).toBeUndefined();
    },
  );
});
