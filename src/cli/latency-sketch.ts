/**
 * Latency over buffer size as a sketch for a terminal, one for each direction: what was measured,
 * at the same distance from size to size. Lines have colours where the terminal shows them.
 */
import asciichart from 'asciichart';
import type { LatencyRow } from '../machine/latency-row.ts';
import type { LatencyDirection } from '../machine/latency-terms.ts';
import { seriesOf } from './latency-series.ts';

const HEIGHT = 16;
/** Columns from one size to the next. */
const STEP = 6;
const LABEL_WIDTH = 8;
const COLORS = [asciichart.blue, asciichart.yellow, asciichart.green, asciichart.magenta];

export function latencySketch(rows: readonly LatencyRow[], hasColors: boolean): string {
  const directions: readonly LatencyDirection[] = ['render', 'capture'];
  return directions
    .flatMap((direction) => {
      const chosen = rows.filter((row) => row.direction === direction && isMeasured(row));
      return chosen.length === 0 ? [] : [sketchOf(direction, chosen, hasColors)];
    })
    .join('\n');
}

const isMeasured = ({ measured }: LatencyRow): boolean => Number.isFinite(measured.mostMs);

function sketchOf(direction: string, rows: readonly LatencyRow[], hasColors: boolean): string {
  const sizes = [...new Set(rows.map(({ requestedMs }) => requestedMs))].sort((a, b) => a - b);
  const series = [...seriesOf(rows)];
  const lines = series.map(([, each]) => drawn(sizes.map((ms) => latencyAt(each, ms))));
  const plotted = asciichart.plot(lines, {
    height: HEIGHT,
    min: 0,
    format: (ms) => ms.toFixed(1).padStart(LABEL_WIDTH),
    ...(hasColors ? { colors: COLORS } : {}),
  });
  const labels = sizes.map((ms) => String(ms).padEnd(STEP)).join('');
  const names = series.map(([name], index) => {
    return hasColors ? `${COLORS[index % COLORS.length]}${name}${asciichart.reset}` : name;
  });
  return [
    '',
    `${direction}: measured latency in ms over buffer size in ms (${names.join(', ')})`,
    plotted,
    `${' '.repeat(LABEL_WIDTH + 2)}${labels}`.trimEnd(),
  ].join('\n');
}

/** Of the row for that size, or of the last before it: the engine's period has a largest. */
function latencyAt(rows: readonly LatencyRow[], requestedMs: number): number {
  const before = rows.filter((row) => row.requestedMs <= requestedMs);
  return (before.at(-1) ?? rows[0])?.measured.mostMs ?? 0;
}

/** Values with straight lines in between. */
function drawn(values: readonly number[]): number[] {
  return values.flatMap((value, index) => {
    const next = values[index + 1];
    if (next === undefined) return [value];
    return Array.from({ length: STEP }, (_, column) => value + ((next - value) * column) / STEP);
  });
}
