/**
 * What a crosscheck found, as text for a person and as an object for a program. What differs in
 * several streams alike is told once.
 */
import type { CrosscheckReport } from '../crosscheck/crosscheck.ts';
import type { CrosscheckRow, Verdict } from '../crosscheck/finding.ts';
import { counted } from './quantities.ts';

/** Whether every difference is one that is known. */
export const isExplained = ({ rows }: CrosscheckReport): boolean =>
  rows.every(({ verdict }) => verdict !== 'unexplained');

export function crosscheckJson(report: CrosscheckReport): object {
  const { driver, notSeen, ours, profile, rows, theirs } = report;
  const verdict = isExplained(report) ? 'explained' : 'unexplained differences';
  return { verdict, ours, theirs, driver, profile, counts: countRows(rows), notSeen, rows };
}

export function crosscheckText(report: CrosscheckReport): string {
  const { driver, notSeen, ours, profile, rows, theirs } = report;
  const counts = countRows(rows);
  const lines = [`ours    ${ours}`, `theirs  ${theirs}`, `driver  ${driver}`, ''];
  lines.push(`${counts.agrees} agree:`);
  for (const [id, group] of byId(rows, 'agrees')) {
    lines.push(`  ${id.padEnd(24)}${group[0].asks}${inHowMany(group)}`);
  }
  lines.push('', `${counts['known deviation']} known deviations (${profile}):`);
  for (const [id, group] of byId(rows, 'known deviation')) {
    lines.push(`  ${id.padEnd(24)}${group[0].says} [${group[0].clause}]${inHowMany(group)}`);
  }
  for (const id of notSeen) lines.push(`  ${id.padEnd(24)}is known, and did not show this time`);
  lines.push('', `${counts.unexplained} unexplained${counts.unexplained === 0 ? '' : ':'}`);
  for (const row of rows) if (row.verdict === 'unexplained') lines.push(...explain(row));
  const verdict = isExplained(report) ? 'clean' : 'FAULT: unexplained differences';
  return [...lines, verdict].join('\n');
}

function countRows(rows: readonly CrosscheckRow[]): Record<Verdict, number> {
  const counts = { agrees: 0, 'known deviation': 0, unexplained: 0 };
  for (const { verdict } of rows) counts[verdict]++;
  return counts;
}

type Group = [CrosscheckRow, ...CrosscheckRow[]];

/** Rows of a verdict by what they are about, in the order in which that first came. */
function byId(rows: readonly CrosscheckRow[], verdict: Verdict): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    if (row.verdict !== verdict) continue;
    const group = groups.get(row.id);
    if (group === undefined) groups.set(row.id, [row]);
    else group.push(row);
  }
  return groups;
}

const inHowMany = ({ length }: Group): string =>
  length === 1 ? '' : ` (${counted(length, 'stream')})`;

function explain({ asks, clause, expected, id, ours, says, scenario, theirs }: CrosscheckRow) {
  return [
    `  ${id} in ${scenario}: ${asks} [${clause}]`,
    `    expected  ${expected}`,
    `    ours      ${ours}`,
    `    theirs    ${theirs}`,
    `    ${says}`,
  ];
}
