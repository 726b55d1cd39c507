/**
 * The filter of a change of rate, as one row of taps per phase. Input and output rate stand in a
 * ratio of whole numbers, `phases : step`, so output frame n lies at n * step / phases input frames,
 * and only `phases` different fractions ever occur: each has its exact row. Where that would take
 * too many rows, there are fewer, and a frame is filtered by what lies between two of them. The
 * prototype is a sinc under a Kaiser window (J. F. Kaiser 1974), cut off below half the lower of
 * the two rates. Sine, root and Bessel function use only the four operations and the square root,
 * which every host rounds alike, so that the table has the same bits everywhere.
 */

export interface ResampleFilter {
  /** Output frames per `step` input frames, in lowest terms. */
  readonly phases: number;
  readonly step: number;
  /** Input frames behind one output frame, a multiple of 16. */
  readonly taps: number;
  /**
   * Null where each phase has its row; else so many even steps from one input frame to the next,
   * and a row at either end of each.
   */
  readonly steps: number | null;
  /** The ends of the pass band and of the stop band, in hertz. */
  readonly passHz: number;
  readonly stopHz: number;
}

/** Taps where the rate rises; where it falls, the filter has to be longer by the ratio. */
const BASE_TAPS = 80;
/** The kernel multiplies 16 at a time. */
const TAP_BLOCK = 16;
/** Window shape: about 135 dB of rejection. */
const KAISER_BETA = 13.9;
/** The middle of the filter's slope, and half the slope's width, by half the lower rate. */
const CUT_OFF = 0.982;
const HALF_SLOPE = 0.113;
/** 4 MiB of single-precision taps. */
const MAX_TABLE_TAPS = 1_048_576;
/**
 * Between two rows the taps go straight, which is wrong by at most (pi / steps)^2 / 8 of a sound at
 * half the input rate: 131 dB below it. A longer filter bends less, and needs fewer steps.
 */
const BASE_STEPS = 2048;
/** Where the rate falls to less than a hundredth, a filter is longer than anybody waits for. */
const MOST_TAPS = 100 * BASE_TAPS;

/** @throws RangeError when a rate is none, or falls to less than a hundredth */
export function resampleFilter(fromHz: number, toHz: number): ResampleFilter {
  if (!(Number.isInteger(fromHz) && Number.isInteger(toHz) && fromHz > 0 && toHz > 0)) {
    throw new RangeError(`${fromHz} Hz to ${toHz} Hz: a sample rate is a whole number above 0`);
  }
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const phases = toHz / divisor;
  const step = fromHz / divisor;
  const stretch = Math.max(1, fromHz / toHz);
  const taps = Math.ceil((BASE_TAPS * stretch) / TAP_BLOCK) * TAP_BLOCK;
  if (taps > MOST_TAPS) {
    throw new RangeError(
      `${fromHz} Hz cannot be resampled to ${toHz} Hz, which is less than a hundredth of it: the ` +
        `filter would have ${taps} taps, and ${MOST_TAPS} are the most`,
    );
  }
  const halfRate = Math.min(fromHz, toHz) / 2;
  return {
    phases,
    step,
    taps,
    steps: phases * taps <= MAX_TABLE_TAPS ? null : Math.ceil(BASE_STEPS / stretch),
    passHz: halfRate * (CUT_OFF - HALF_SLOPE),
    stopHz: halfRate * (CUT_OFF + HALF_SLOPE),
  };
}

export const rowsOf = ({ phases, steps }: ResampleFilter): number =>
  steps === null ? phases : steps + 1;

/**
 * Fills `rows`, each of `taps` taps: one for each phase, in the order in which output frames use
 * them, or for one place after the other. Each row's sum is 1, so that a constant stays one.
 */
export function fillRows(filter: ResampleFilter, rows: Float32Array): void {
  const { phases, step, steps, taps } = filter;
  const cutOff = CUT_OFF * Math.min(1, phases / step);
  const values = new Float64Array(taps);
  const count = rowsOf(filter);
  for (let row = 0; row < count; row++) {
    const sum =
      steps === null
        ? fillValues(values, cutOff, (row * step) % phases, phases)
        : fillValues(values, cutOff, row, steps);
    for (let tap = 0; tap < taps; tap++) rows[row * taps + tap] = (values[tap] as number) / sum;
  }
}

/** The taps for a place of `numerator / denominator` between two input frames; returns their sum. */
function fillValues(
  values: Float64Array,
  cutOff: number,
  numerator: number,
  denominator: number,
): number {
  const half = values.length / 2;
  let sum = 0;
  for (let tap = 0; tap < values.length; tap++) {
    // Tap 0 is the oldest frame. In exact fractions, so that both halves of a row mirror.
    const distance = (numerator + (half - 1 - tap) * denominator) / denominator;
    const value = sincPi(cutOff * distance) * kaiser(distance / half);
    values[tap] = value;
    sum += value;
  }
  return sum;
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right);
}

/** sin(pi x) / (pi x). */
function sincPi(x: number): number {
  return x === 0 ? 1 : sinPi(x) / (Math.PI * x);
}

/** sin(pi x), by its series around the nearest whole number, where it converges fast. */
function sinPi(x: number): number {
  const whole = Math.round(x);
  const angle = Math.PI * (x - whole);
  const square = angle * angle;
  let sum = 0;
  for (let power = 23; power >= 3; power -= 2) sum = ((1 + sum) * -square) / (power * (power - 1));
  const sine = angle * (1 + sum);
  return whole % 2 === 0 ? sine : -sine;
}

/** The Kaiser window at -1..1, and 0 outside. */
function kaiser(place: number): number {
  const inside = 1 - place * place;
  if (inside <= 0) return 0;
  return besselI0(KAISER_BETA * Math.sqrt(inside)) / besselI0(KAISER_BETA);
}

/** The modified Bessel function of order 0, by its series. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let order = 1; term > sum * 1e-17; order++) {
    term = (term * quarter) / (order * order);
    sum += term;
  }
  return sum;
}
