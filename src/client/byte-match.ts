/** Comparing runs of bytes, by words where both lie on word boundaries. */

/** Whether `byteLength` bytes of `left` and `right` are equal. */
export type ByteMatcher = (
  left: Uint8Array,
  leftAt: number,
  right: Uint8Array,
  rightAt: number,
  byteLength: number,
) => boolean;

/** Arrays that a matcher keeps word views of; a codec hands out two or three, a ledger has one. */
const KEPT_VIEWS = 4;

/** A matcher that keeps the word views of the arrays it meets, so that a call allocates nothing. */
export function wordMatcher(): ByteMatcher {
  const arrays: Uint8Array[] = [];
  /** Null where no word begins at the array's first byte. */
  const views: (Int32Array | null)[] = [];
  let next = 0;
  const wordsOf = (bytes: Uint8Array): Int32Array | null => {
    for (let index = 0; index < arrays.length; index++) {
      if (arrays[index] === bytes) return views[index] as Int32Array | null;
    }
    const { buffer, byteLength, byteOffset } = bytes;
    const words = byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, byteLength >> 2) : null;
    arrays[next] = bytes;
    views[next] = words;
    next = (next + 1) % KEPT_VIEWS;
    return words;
  };
  return (left, leftAt, right, rightAt, byteLength) => {
    const leftWords = wordsOf(left);
    const rightWords = wordsOf(right);
    const isAligned = ((leftAt | rightAt | byteLength) & 3) === 0;
    if (!isAligned || leftWords === null || rightWords === null) {
      return matchBytes(left, leftAt, right, rightAt, byteLength);
    }
    const shift = (rightAt - leftAt) >> 2;
    const end = (leftAt + byteLength) >> 2;
    let difference = 0;
    for (let word = leftAt >> 2; word < end; word++) {
      difference |= (leftWords[word] as number) ^ (rightWords[word + shift] as number);
    }
    return difference === 0;
  };
}

function matchBytes(
  left: Uint8Array,
  leftAt: number,
  right: Uint8Array,
  rightAt: number,
  byteLength: number,
): boolean {
  for (let byte = 0; byte < byteLength; byte++) {
    if (left[leftAt + byte] !== right[rightAt + byte]) return false;
  }
  return true;
}
