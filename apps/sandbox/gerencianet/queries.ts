import { malformed } from './room.js';

const wrong = (parameter: string, mensagem: string) =>
  malformed([{ chave: 'querystring', caminho: `.${parameter}`, mensagem }]);

function whole(query: URLSearchParams, name: string, otherwise: number, most: number, least = 0): number {
  const given = query.get(name);
  if (given === null) return otherwise;
  const value = /^\d{1,9}$/.test(given) ? Number.parseInt(given, 10) : -1;
  if (value < least || value > most) throw wrong(name, `deve ser um inteiro entre ${least} e ${most}`);
  return value;
}

/** The revision asked for; the newest when none is. */
export const revision = (query: URLSearchParams, newest: number): number => whole(query, 'revisao', newest, newest);

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

interface Period {
  readonly shown: { readonly inicio: string; readonly fim: string };
  readonly holds: (at: string) => boolean;
}

/** `inicio` and `fim`, both required, in order; and not two kinds of document at once. */
export function period(query: URLSearchParams): Period {
  const moment = (name: string): number => {
    const text = query.get(name) ?? '';
    const at = instant.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(at)) throw wrong(name, 'é obrigatório e deve respeitar a RFC 3339');
    return at;
  };
  const from = moment('inicio');
  const to = moment('fim');
  if (to < from) throw wrong('fim', 'deve ser posterior a inicio');
  if (query.has('cpf') && query.has('cnpj')) throw wrong('cpf', 'não pode ser usado junto de cnpj');
  return {
    shown: { inicio: query.get('inicio') ?? '', fim: query.get('fim') ?? '' },
    holds: (at) => Date.parse(at) >= from && Date.parse(at) <= to,
  };
}

/** A yes-or-no parameter; null when it was not given. */
export function flag(query: URLSearchParams, name: string): boolean | null {
  const given = query.get(name);
  if (given === null) return null;
  if (given !== 'true' && given !== 'false') throw wrong(name, 'deve ser true ou false');
  return given === 'true';
}

/** One page of the rows, counted from 0, and the account of the pages as the provider gives it. */
export function page<T>(query: URLSearchParams, all: readonly T[]) {
  const paginaAtual = whole(query, 'paginacao.paginaAtual', 0, 999_999_999);
  const itensPorPagina = whole(query, 'paginacao.itensPorPagina', 100, 1000, 1);
  const from = paginaAtual * itensPorPagina;
  return {
    rows: all.slice(from, from + itensPorPagina),
    paginacao: {
      paginaAtual,
      itensPorPagina,
      quantidadeDePaginas: Math.max(1, Math.ceil(all.length / itensPorPagina)),
      quantidadeTotalDeItens: all.length,
    },
  };
}
