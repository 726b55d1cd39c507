/** The straight line that lies best through points (least squares), and how far they lie off it. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** Largest distance of a point from the line, and the standard deviation of all. */
  readonly largestError: number;
  readonly spread: number;
  /** Standard error of the slope. */
  readonly slopeError: number;
}

/** @throws Error with fewer than three points, which give no line with an error */
export function fitLine(xs: readonly number[], ys: readonly number[]): Line {
  const count = xs.length;
  if (count < 3 || ys.length !== count) throw new Error('a fit takes three points or more');
  const meanX = mean(xs);
  const meanY = mean(ys);
  let sumXX = 0;
  let sumXY = 0;
  for (let index = 0; index < count; index++) {
    const x = (xs[index] ?? 0) - meanX;
    sumXX += x * x;
    sumXY += x * ((ys[index] ?? 0) - meanY);
  }
  const slope = sumXY / sumXX;
  const intercept = meanY - slope * meanX;
  let squares = 0;
  let largestError = 0;
  for (let index = 0; index < count; index++) {
    const error = (ys[index] ?? 0) - (intercept + slope * (xs[index] ?? 0));
    squares += error * error;
    largestError = Math.max(largestError, Math.abs(error));
  }
  return {
    slope,
    intercept,
    largestError,
    spread: Math.sqrt(squares / count),
    slopeError: Math.sqrt(squares / (count - 2) / sumXX),
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
