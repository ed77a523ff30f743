import type { Printed } from './printed.js';

const requestId = 'a2435636-5f69-447d-8e22-8382f62ef7dd';
const at = '2024-11-11T19:08:20.000000Z';
const first = {
  id: '897c9e20-1262-4679-a850-403d37b2a727',
  customer_id: 'd9e9557e-11a5-49df-b51b-d513a7f5b348',
  transaction_id: '22dd9e47-97c7-4982-af50-3d3e0782d054',
  amount: '980',
  currency: 'BRL',
  status: 'pending',
  created_at: at,
  updated_at: at,
};
const second = {
  ...first,
  id: 'f569c39c-71c2-44a2-8f95-d5840886bbe3',
  customer_id: '58f0c005-3b7d-4c75-81f3-93b9a6fee864',
  transaction_id: 'b08e3897-6505-4bb4-81a5-6e3a1d29e277',
  amount: '300',
};

export const payouts: readonly Printed[] = [
  {
    name: 'a payout',
    method: 'GET',
    path: `/payout/${second.id}`,
    answer: { requestId, data: { ...first, id: second.id } },
  },
  { name: 'payouts', method: 'GET', path: '/payouts', answer: { requestId, data: [first, second] } },
  {
    name: 'payouts in an order',
    method: 'GET',
    path: '/payouts?limit=1&order=id,desc',
    answer: { requestId, data: [first] },
  },
];
