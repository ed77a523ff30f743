import { invalid } from './refusal.js';
import { payoutShape } from './balance.js';
import { shapeOf } from './disputes.js';
import { methodOf } from './releases.js';
import { type Shape, chargeShape, intentShape, listShape, methodShape, refundShape } from './shapes.js';
import { type Charge, charges, disputes, intents, methods, payouts, refunds } from './tables.js';
import type { Turn } from './turn.js';

const deepest = 4;

const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly Shape[] | undefined =>
  Array.isArray(value) ? (value as readonly unknown[]).filter(isShape) : undefined;

/** The object that an id stands for, as its prefix says. */
function whole(turn: Turn, id: string): Shape | undefined {
  const charge: Charge | undefined = turn.find(charges, id);
  if (charge) return chargeShape(turn.room, charge, methodOf(turn, charge));
  const intent = turn.find(intents, id);
  if (intent) return intentShape(intent);
  const method = turn.find(methods, id);
  if (method) return methodShape(method);
  const [dispute, payout] = [turn.find(disputes, id), turn.find(payouts, id)];
  if (dispute) return shapeOf(turn, dispute);
  if (payout) return payoutShape(payout);
  const refund = turn.find(refunds, id);
  return refund && refundShape(refund);
}

/** The refunds of a charge, which are a member of it only where they are asked for. */
function refundsOf(turn: Turn, id: string): Shape {
  const rows = [...turn.room.world.of(refunds).values()].filter(({ charge }) => charge === id).toReversed();
  return listShape(`/v1/charges/${id}/refunds`, rows.slice(0, 10).map(refundShape), rows.length > 10);
}

function at(turn: Turn, shape: Shape, [name = '', ...rest]: readonly string[], path: string): Shape {
  const value = name === 'refunds' && shape['object'] === 'charge' ? refundsOf(turn, String(shape['id'])) : shape[name];
  const inner = typeof value === 'string' ? whole(turn, value) : value;
  const items = list(inner);
  if (items) return { ...shape, [name]: items.map((item) => at(turn, item, rest, path)) };
  if (inner === null) return shape;
  if (!isShape(inner)) throw invalid(`This property cannot be expanded (${path}).`, { param: 'expand' });
  return { ...shape, [name]: rest.length > 0 ? at(turn, inner, rest, path) : inner };
}

/** The answer with the objects that were asked for in the place of their ids. */
export function expanded(turn: Turn, body: Shape, paths: readonly string[]): Shape {
  return paths.reduce((shape, path) => {
    const names = path.split('.');
    if (names.length > deepest)
      throw invalid('You cannot expand more than 4 levels of a property.', { param: 'expand' });
    return at(turn, shape, names, path);
  }, body);
}
