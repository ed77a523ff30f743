import { describe, expect, it } from 'vitest';
import { machine } from './machine.js';

const light = machine<'red' | 'green' | 'off', 'go' | 'stop' | 'break'>('red', {
  red: { go: 'green', break: 'off' },
  green: { stop: 'red', go: 'green' },
  off: {},
});

describe('a machine', () => {
  it('knows the next state, and that there is none', () => {
    expect(light.next('red', 'go')).toBe('green');
    expect(light.next('red', 'stop')).toBeUndefined();
    expect(light.states).toEqual(['red', 'green', 'off']);
  });

  it('ends where nothing can happen any more', () => {
    expect(light.states.filter((it) => light.terminal(it))).toEqual(['off']);
  });

  it('does not come to be when a state cannot be reached', () => {
    const broken = () => machine<'a' | 'b' | 'c', 'go'>('a', { a: { go: 'b' }, b: {}, c: { go: 'a' } });
    expect(broken).toThrow('unreachable states: c');
  });
});
