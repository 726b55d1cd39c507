/** The built-in matcher: equal bytes are found equal at whatever places of whatever arrays. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wordMatcher } from './byte-match.ts';

const LENGTH = 64;

it('says the same as comparing byte by byte, aligned or not, in arrays that begin anywhere', () => {
  const matches = wordMatcher();
  const bytes = fc.uint8Array({ minLength: LENGTH, maxLength: LENGTH, max: 1 });
  const place = fc.nat(LENGTH / 2);
  const run = fc.record({ begin: fc.nat(8), left: place, right: place, length: fc.nat(16) });
  fc.assert(
    fc.property(bytes, bytes, run, (one, other, { begin, left, right, length }) => {
      const part = other.subarray(begin);
      const same = one
        .subarray(left, left + length)
        .every((byte, index) => part[right + index] === byte);
      expect(matches(one, left, part, right, length)).toBe(same);
      expect(matches(part, right, one, left, length)).toBe(same);
    }),
    { numRuns: 2000 },
  );
});
