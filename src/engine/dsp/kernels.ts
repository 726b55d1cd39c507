/**
 * What the signal processing asks of its kernels. There are two sets that give the same bits: one
 * in WebAssembly SIMD, and one in plain script, which is the specification of the other and stands
 * in for it where the host has no SIMD. All arguments are numbers; an `At` is a byte address in the
 * one memory, float addresses are multiples of 4, and a kernel believes what it is told.
 */

/** What the kernels need of the host's WebAssembly.Memory. It must not grow while they are used. */
export interface DspMemory {
  readonly buffer: ArrayBufferLike;
}

/** Reads samples of one container as floats of full scale 1. Only the bits of `mask` are sound. */
export type ReadSamples = (outAt: number, inAt: number, samples: number, mask: number) => void;

/**
 * Writes floats into one container: `round(float * scale)`, clamped to `validBits`, shifted to the
 * top. With `dithered` 1, noise number `counter` + n of the seed's sequence is added to sample n.
 */
export type WriteSamples = (
  outAt: number,
  inAt: number,
  samples: number,
  validBits: number,
  dithered: number,
  counter: number,
) => void;

export interface DspKernels {
  /** `out = sum of source * gain`, in the order of the table; see mix-table.ts. */
  readonly mix: (
    outAt: number,
    tableAt: number,
    streams: number,
    frames: number,
    channels: number,
  ) => void;
  readonly readU8: ReadSamples;
  readonly readS16: ReadSamples;
  readonly readS24: ReadSamples;
  readonly readS32: ReadSamples;
  /** Copies floats; NaN becomes 0, and infinity the largest float. */
  readonly readF32: (outAt: number, inAt: number, samples: number) => void;
  readonly writeU8: WriteSamples;
  readonly writeS16: WriteSamples;
  readonly writeS24: WriteSamples;
  readonly writeS32: WriteSamples;
  /** `out[c] = sum of in[i] * column[i][c]`; a column is 8 floats, and so 32 bytes apart. */
  readonly mapChannels: (
    outAt: number,
    inAt: number,
    frames: number,
    inChannels: number,
    outChannels: number,
    columnsAt: number,
  ) => void;
  /**
   * Limits in place, and returns the gain after the last frame, below 0 if it acted on any; see
   * limiter.ts.
   */
  readonly limit: (
    at: number,
    frames: number,
    channels: number,
    gain: number,
    releaseStep: number,
  ) => number;
  /** Interleaved frames into one plane per channel. */
  readonly deinterleave: (
    planesAt: number,
    planeBytes: number,
    inAt: number,
    frames: number,
    channels: number,
  ) => void;
  /** Moves the last `kept` floats of `kept + used` to the front of each plane. */
  readonly slidePlanes: (
    planesAt: number,
    planeBytes: number,
    used: number,
    kept: number,
    channels: number,
  ) => void;
  /**
   * Polyphase filter over planes, from row number `row` on. Rows stand in the order of use: row n
   * belongs to phase n * `step` mod `phases`, and the window moves on where the phase wraps.
   */
  readonly resample: (
    outAt: number,
    frames: number,
    windowAt: number,
    planeBytes: number,
    channels: number,
    rowsAt: number,
    taps: number,
    row: number,
    phases: number,
    step: number,
  ) => void;
  /**
   * The same, between rows: `rowsAt` has `steps` + 1 of them for `steps` even steps from one input
   * frame to the next, and the first output frame lies at `phase` / `phases` of a frame.
   */
  readonly resampleBetween: (
    outAt: number,
    frames: number,
    windowAt: number,
    planeBytes: number,
    channels: number,
    rowsAt: number,
    taps: number,
    steps: number,
    phase: number,
    phases: number,
    step: number,
  ) => void;
  /** As `mix`, into doubles, of floats and 32-bit integers; see double-kernel.ts. */
  readonly mixDoubles: DspKernels['mix'];
  /** As `limit`, of doubles. */
  readonly limitDoubles: DspKernels['limit'];
  /** Doubles into containers of 32 bits. */
  readonly writeDoubles: (outAt: number, inAt: number, samples: number, validBits: number) => void;
}
