/** The count as aligned text for a terminal. */

const HEADINGS = ['', 'entries', 'shown', 'not yet', 'not applicable'];

/** A row for every file and area, and the totals. */
export function listTally({ files, total, first }) {
  const rows = [HEADINGS];
  for (const file of files) {
    rows.push(tallyRow(`${file.file}.yaml`, file));
    for (const area of file.areas) rows.push(tallyRow(`  ${area.area}`, area));
  }
  rows.push(tallyRow('total', total), tallyRow('to be shown first', first));
  return align(rows, 1);
}

/** Every entry of `area`: its state, what it is about, and the test or the reason. */
export function listArea(count, area) {
  const entries = count.entries.filter((entry) => entry.area === area);
  const { shown, notYet, notApplicable } = count.files
    .flatMap((file) => file.areas)
    .find((one) => one.area === area);
  const rows = entries.map(({ id, state, first, subject, tests, reason }) => [
    id,
    first ? 'first' : '',
    state,
    subject,
    tests.length > 0 ? tests.join(', ') : (reason ?? ''),
  ]);
  const summary = `${area}: ${entries.length} entries, ${shown} shown, ${notYet} not yet, `;
  return `${summary}${notApplicable} not applicable\n${align(rows, 5)}`;
}

/** The not-yet entries that wait for a part, by reason. */
export function listLater(count) {
  const groups = new Map();
  for (const { id, state, reason } of count.entries) {
    if (state !== 'not yet' || reason === null) continue;
    groups.set(reason, [...(groups.get(reason) ?? []), id]);
  }
  if (groups.size === 0) return '';
  const lines = [...groups].map(([reason, ids]) => `  ${reason}\n    ${ids.join(' ')}\n`);
  return `\nnot yet, because a part is missing:\n${lines.join('')}`;
}

function tallyRow(name, { entries, shown, notYet, notApplicable }) {
  return [name, ...[entries, shown, notYet, notApplicable].map(String)];
}

/** Pads every column to its widest cell; columns from `firstNumber` on are set to the right. */
function align(rows, firstNumber) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const pad = (cell, column) =>
    column < firstNumber ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
  return rows.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
}
