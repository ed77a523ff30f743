import { redact } from '@libs/kernel/log.js';
import { invalid } from './refusal.js';

/** A decoded form: texts and what holds them. A list is a member of numbered members. */
export type Node = string | Form;
export interface Form {
  [name: string]: Node;
}
const deepest = 8;
const most = 1000;

const unreadable = () => invalid('The form encoding of the request cannot be read.');

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw unreadable();
  }
}

/** `a[b][]` as its names; an empty name asks for the next number. */
function names(key: string): readonly string[] {
  const [, first, rest = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(key) ?? [];
  const path = first === undefined ? [] : [first, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, name = '']) => name)];
  if (path.length === 0 || path.length > deepest) throw unreadable();
  return path;
}

/** Without a prototype, so that a member may have any name. */
const bare = (): Form => Object.create(null) as Form;

/** The texts of a form as they stand in it, decoded; in a query too. */
export function pairs(text: string): readonly (readonly [key: string, value: string])[] {
  const parts = text.split('&').filter((part) => part !== '');
  if (parts.length > most) throw unreadable();
  return parts.map((part) => {
    const at = part.indexOf('=');
    return at < 0 ? [decoded(part), ''] : [decoded(part.slice(0, at)), decoded(part.slice(at + 1))];
  });
}

/** Reads `a[b][0]=v`, `a[]=v`, `+` and `%5B` alike. Throws the refusal of a form that is none. */
export function parse(text: string): Form {
  const root = bare();
  for (const [key, value] of pairs(text)) {
    const path = names(key);
    let at = root;
    path.forEach((given, depth) => {
      const name = given === '' ? `${Object.keys(at).length}` : given;
      const held = at[name];
      if (depth === path.length - 1) {
        if (typeof held === 'object') throw unreadable();
        at[name] = value;
        return;
      }
      if (typeof held === 'string') throw unreadable();
      const inner = held ?? bare();
      at[name] = inner;
      at = inner;
    });
  }
  return root;
}

/** Card numbers as people write them; what begins or ends in a hyphen may be a UUID. */
const cardNumber = /(?<![\d-])\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\d-])/g;

/** The form without the card numbers that stand where none belongs: nothing of them may reach the journal. */
export function scrubbed(form: Form, parent = ''): Form {
  const entries = Object.entries(form).map(([name, value]): [string, Node] => {
    if (typeof value === 'object') return [name.replaceAll(cardNumber, redact), scrubbed(value, name)];
    return [
      name.replaceAll(cardNumber, redact),
      parent === 'card' && name === 'number' ? value : value.replaceAll(cardNumber, redact),
    ];
  });
  return Object.fromEntries(entries);
}

const hidden = /^(number|cvc|client_secret|payment_intent_client_secret)$/;

/** The form as it may be shown to whoever looks on: no card, no secret. */
export function shown(form: Form): Form {
  const entries = Object.entries(form).map(([name, value]): [string, Node] => {
    if (typeof value === 'object') return [name, shown(value)];
    return [name, hidden.test(name) ? '[redacted]' : value];
  });
  return Object.fromEntries(entries);
}
