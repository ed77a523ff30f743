import { operations } from '@libs/providers/contract/acts.js';
import { registry } from '@libs/providers/registry.js';
import type { LaneDto } from './lanes.dto.js';
import { canDo } from './plan.js';

/**
 * A lane for whatever a charge can begin with, at every provider that can, in the order of the registry; `first` goes
 * before the others. Without credentials: those of the account stay.
 */
export const everyLane = (first?: string): readonly LaneDto[] =>
  operations
    .filter((it) => /\.(create|authorize)$/.test(it))
    .flatMap((operation) =>
      registry
        .filter((provider) => canDo(provider, operation))
        .toSorted((one, other) => Number(other.id === first) - Number(one.id === first))
        .map(({ id, unproven }, i) => ({
          provider: id,
          operation,
          mode: 'test' as const,
          priority: i + 1,
          price: { rateBps: 99, fixed: 0 },
          ...(unproven?.includes(operation) ? { unproven: true } : {}),
        })),
    );
