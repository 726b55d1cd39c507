/**
 * The table that tells the mix kernel what to add up: one entry of 128 bytes per stream, in the
 * machine's memory. Word 0 is the byte address of the stream's interleaved samples, word 1 says
 * what they are; from byte 16 on stand the gains, repeated until they fill whole vectors of four,
 * so that the kernel never has to ask which channel a lane belongs to. Seven channels take 28
 * gains, which is what makes it 128.
 */

export const MIX_ENTRY_BYTES = 128;
/**
 * Of integers: the bits that are sound; 0 stands for floats. The mix in single precision takes
 * integers of 16 bits, by MIX_SHORT_MASK, the one in double precision those of 32 bits.
 */
export const MIX_MASK_AT = 4;
/** All bits of an integer of 16. */
export const MIX_SHORT_MASK = 0xffff;
export const MIX_GAINS_AT = 16;
export const MAX_CHANNELS = 8;

/** Gains in an entry, by channels: whole frames, whole vectors, and two of these at least. */
const PATTERN_FLOATS: readonly number[] = [0, 8, 8, 12, 8, 20, 12, 28, 8];

export function patternFloats(channels: number): number {
  const floats = PATTERN_FLOATS[channels];
  if (floats === undefined || floats === 0) {
    throw new RangeError(`frames of ${channels} channels cannot be mixed: 1 to 8 can`);
  }
  return floats;
}
