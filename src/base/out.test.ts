import { describe, expect, it } from 'vitest';
import { Out } from './out.ts';

describe('an out parameter', () => {
  it('holds what the caller put in until the callee fills it', () => {
    const out = new Out<number | null>(null);
    const fill = (target: Out<number | null>): void => {
      target.value = 7;
    };
    expect(out.value).toBeNull();
    fill(out);
    expect(out.value).toBe(7);
  });
});
