/**
 * What a group of measurements hands back, as plain data: it crosses from the group's process to
 * the one that prints, and goes out as it is with --json.
 */

/** A figure that was measured several times. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A column of a table; `key` names its cells in the rows. */
export interface Column {
  readonly key: string;
  readonly heading: string;
  readonly decimals: number;
}

export interface Row {
  readonly key: string;
  readonly label: string;
  /** By column; a column without a cell was not measured. */
  readonly cells: Readonly<Record<string, Spread | number>>;
  /** Why there are no cells, or what to know about them. */
  readonly remark?: string;
}

export interface GroupResult {
  readonly group: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** How much is measured: `quick` is for seeing that everything runs. */
export interface Effort {
  readonly isQuick: boolean;
}

/** The median of an even number of values is the mean of the middle two. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('there is no spread of no values');
  const sorted = [...values].sort((left, right) => left - right);
  const at = (place: number): number => sorted[place] ?? 0;
  const low = at((sorted.length - 1) >> 1);
  const high = at(sorted.length >> 1);
  return { median: (low + high) / 2, min: at(0), max: at(sorted.length - 1) };
}

/** The middle of a cell; null when the group, the row or the cell is missing. */
export function medianOf(
  results: readonly GroupResult[],
  group: string,
  row: string,
  column: string,
): number | null {
  const rows = results.find((result) => result.group === group)?.rows;
  const cell = rows?.find((each) => each.key === row)?.cells[column];
  if (cell === undefined) return null;
  return typeof cell === 'number' ? cell : cell.median;
}
