/** Comparing bytes with the C library's memcmp, which Node reaches through Buffer. */
import { type ByteMatcher, wordMatcher } from '../client/byte-match.ts';

/** Up to here our own loop is done before a call of memcmp has begun. */
const LOOP_BYTES = 256;

/**
 * A matcher that keeps Buffers over the arrays it meets, so that a call makes none: a ledger
 * compares its ring with the few blocks that a codec hands out.
 */
export function nativeMatcher(): ByteMatcher {
  const loop = wordMatcher();
  const buffers = new WeakMap<Uint8Array, Buffer>();
  const bufferOf = (bytes: Uint8Array): Buffer => {
    let buffer = buffers.get(bytes);
    if (buffer === undefined) {
      buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
      buffers.set(bytes, buffer);
    }
    return buffer;
  };
  return (leftBytes, leftAt, rightBytes, rightAt, byteLength) => {
    if (byteLength <= LOOP_BYTES) return loop(leftBytes, leftAt, rightBytes, rightAt, byteLength);
    const left = bufferOf(leftBytes);
    const leftEnd = leftAt + byteLength;
    return bufferOf(rightBytes).compare(left, leftAt, leftEnd, rightAt, rightAt + byteLength) === 0;
  };
}
