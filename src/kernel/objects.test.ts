import { describe, expect, it } from 'vitest';
import { ObjectLedger } from './objects.ts';

describe('the object ledger', () => {
  it('names what is still alive, oldest first', () => {
    const ledger = new ObjectLedger();
    const [port, stream] = [{}, {}];
    ledger.add(port, 'port', 'wave');
    ledger.add(stream, 'stream', 'wave');
    expect(ledger.outstanding()).toEqual(['object port of wave', 'object stream of wave']);
    expect(() => ledger.add(port, 'port', 'wave')).toThrow('already holds port of wave');
    expect([ledger.remove(port), ledger.remove(port)]).toEqual([true, false]);
    expect([ledger.has(port), ledger.has(stream), ledger.size]).toEqual([false, true, 1]);
  });
});
