import { afterEach, beforeEach, describe } from 'vitest';
import { Workers } from '@test/support/queue.js';
import { queueSuite } from './queue.suite.js';

describe('the queue, run by poll', () => {
  let workers: Workers;
  beforeEach(async () => {
    workers = await Workers.open(undefined);
  });
  afterEach(() => workers.close());

  queueSuite(() => workers);
});
