/** Comparing bytes with the C library's memcmp, which Node reaches through Buffer. */
import { ByteViews } from '../base/byte-views.ts';
import { type ByteMatcher, wordMatcher } from '../client/byte-match.ts';

/** Up to here our own loop is done before a call of memcmp has begun. */
const LOOP_BYTES = 256;

/** A matcher for a ledger, which compares its ring with the few blocks that a codec hands out. */
export function nativeMatcher(): ByteMatcher {
  const loop = wordMatcher();
  const lefts = new ByteViews();
  const rights = new ByteViews();
  const { compare } = Buffer;
  return (left, leftAt, right, rightAt, byteLength) => {
    if (byteLength <= LOOP_BYTES) return loop(left, leftAt, right, rightAt, byteLength);
    const leftView = lefts.of(left, leftAt, byteLength);
    return compare(leftView, rights.of(right, rightAt, byteLength)) === 0;
  };
}
