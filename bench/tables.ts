/** Results as text: a table for each group, the median first and the range behind it. */
import type { Verdict } from './goals.ts';
import type { HostFacts } from './host.ts';
import type { Column, GroupResult, Row, Spread } from './results.ts';

export function describeHost(host: HostFacts): string {
  const { processor, cores, memoryGiB, system, node, v8, load } = host;
  return (
    `${processor}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node ${node} (V8 ${v8}); ` +
    `load ${load.toFixed(2)} before the start\n`
  );
}

export function describeGroup({ title, columns, rows, notes }: GroupResult): string {
  const lines = [
    ['', ...columns.map(({ heading }) => heading)],
    ...rows.map((row) => [row.label, ...cellTexts(row, columns)]),
  ];
  const widths = lines.reduce<number[]>(
    (widest, line) => line.map((text, place) => Math.max(widest[place] ?? 0, text.length)),
    [],
  );
  const table = lines.map((line, index) => {
    const remark = rows[index - 1]?.remark;
    return line
      .map((text, place) => pad(text, widths[place] ?? 0, place === 0))
      .join('  ')
      .concat(remark === undefined ? '' : `  ${remark}`)
      .trimEnd();
  });
  return [title, ...table, ...notes.map((note) => `  ${note}`), ''].join('\n');
}

export function describeVerdicts(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ goal, measured, isMet }) => {
    const verdict = isMet === null ? 'not measured' : isMet ? 'met' : 'NOT MET';
    const figure = measured === null ? '' : `: ${formatNumber(measured, measured < 10 ? 2 : 0)}`;
    return `${verdict.padEnd(12)}  ${goal}${figure}`;
  });
  return ['Goals', ...lines, ''].join('\n');
}

function cellTexts({ cells }: Row, columns: readonly Column[]): string[] {
  return columns.map(({ key, decimals }) => {
    const cell = cells[key];
    return cell === undefined ? '-' : formatCell(cell, decimals);
  });
}

function formatCell(cell: Spread | number, decimals: number): string {
  if (typeof cell === 'number') return formatNumber(cell, decimals);
  const [median, min, max] = [cell.median, cell.min, cell.max].map((value) =>
    formatNumber(value, decimals),
  );
  return `${median} [${min}..${max}]`;
}

function formatNumber(value: number, decimals: number): string {
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value.toLocaleString('en-US', options);
}

function pad(text: string, width: number, isLabel: boolean): string {
  return isLabel ? text.padEnd(width) : text.padStart(width);
}
