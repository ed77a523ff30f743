import { describe, expect, it } from 'vitest';
import { cents } from '@libs/money/cents.js';
import type { CardInput } from '@libs/providers/contract/inputs.js';
import { intentForm, methodForm } from './stripe.forms.js';

const [key, ten] = ['k1', cents(1000)];

describe('what is sent', () => {
  const input: CardInput = {
    amount: ten,
    currency: 'BRL',
    type: 'credit',
    card: { number: '4242424242424242', holder: 'MARIA', expires: '03/2044', brand: 'Visa', cvv: '012' },
    payer: { name: 'Maria', address: { street: 'Rua A', number: '1', country: 'Brasil' } },
    installments: 1,
    capture: false,
    softDescriptor: `<Loja "A">`,
  };
  it('a card', () => {
    expect(methodForm(input)).toEqual({
      type: 'card',
      card: { number: '4242424242424242', exp_month: 3, exp_year: 2044, cvc: '012' },
      billing_details: { name: 'MARIA', address: { line1: 'Rua A, 1' } },
    });
    expect(methodForm({ ...input, card: { ...input.card, cvv: undefined } }).card).not.toHaveProperty('cvc');
  });
  it('a payment', () => {
    expect(intentForm(key, 'pm_1', input)).toEqual({
      amount: 1000,
      currency: 'brl',
      payment_method: 'pm_1',
      allowed_payment_method_types: ['card'],
      capture_method: 'manual',
      confirm: true,
      metadata: { attempt: key },
      expand: ['latest_charge'],
      error_on_requires_action: true,
      statement_descriptor_suffix: 'Loja A',
    });
    const other = intentForm(key, 'pm_1', {
      ...input,
      capture: true,
      returnUrl: 'https://shop',
      softDescriptor: '123',
    });
    expect(other).toMatchObject({ capture_method: 'automatic', return_url: 'https://shop' });
    expect(other).not.toHaveProperty('statement_descriptor_suffix');
  });
});
