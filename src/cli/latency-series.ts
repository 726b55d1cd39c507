/** The lines of a chart of latencies: the rows of each direction and kind of stream. */
import type { LatencyRow } from '../machine/latency-row.ts';

/** By `render timer` and the like, in the order in which each first came. */
export function seriesOf(rows: readonly LatencyRow[]): Map<string, LatencyRow[]> {
  const series = new Map<string, LatencyRow[]>();
  for (const row of rows) {
    const name = `${row.direction} ${row.stream}`;
    const known = series.get(name);
    if (known === undefined) series.set(name, [row]);
    else known.push(row);
  }
  return series;
}
