/** Comparing runs of bytes, by words where both lie on word boundaries. */

/** Whether `byteLength` bytes of `left` and `right` are equal. */
export type ByteMatcher = (
  left: Uint8Array,
  leftAt: number,
  right: Uint8Array,
  rightAt: number,
  byteLength: number,
) => boolean;

/** A matcher that keeps the word views of the last two buffers, so that a call allocates nothing. */
export function wordMatcher(): ByteMatcher {
  let leftBytes: Uint8Array = new Uint8Array(0);
  let rightBytes: Uint8Array = leftBytes;
  let leftWords: Int32Array = new Int32Array(0);
  let rightWords: Int32Array = leftWords;
  return (left, leftAt, right, rightAt, byteLength) => {
    const isAligned =
      ((left.byteOffset + leftAt) | (right.byteOffset + rightAt) | byteLength) % 4 === 0;
    if (!isAligned) return matchBytes(left, leftAt, right, rightAt, byteLength);
    if (left !== leftBytes) {
      leftBytes = left;
      leftWords = new Int32Array(left.buffer, 0, left.buffer.byteLength >> 2);
    }
    if (right !== rightBytes) {
      rightBytes = right;
      rightWords = new Int32Array(right.buffer, 0, right.buffer.byteLength >> 2);
    }
    const leftFirst = (left.byteOffset + leftAt) >> 2;
    const rightFirst = (right.byteOffset + rightAt) >> 2;
    const words = byteLength >> 2;
    let difference = 0;
    for (let word = 0; word < words; word++) {
      difference |=
        (leftWords[leftFirst + word] as number) ^ (rightWords[rightFirst + word] as number);
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
