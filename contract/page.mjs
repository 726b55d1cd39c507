/**
 * The count as a Markdown page for readers of the project. The same tree gives the same text: it
 * holds no date and no order of the host's.
 */

/** Renders docs/contract.md from a count without problems. */
export function renderPage(count) {
  const { total, first } = count;
  const inState = (state) => count.entries.filter((entry) => entry.state === state);
  const later = inState('not yet').filter((entry) => entry.reason !== null);
  return [
    '# The contract, and how much of it is shown',
    '',
    'Written by `npm run contract -- --write`; do not edit. What an entry is, and how a test cites',
    'one, is in [contract/README.md](../contract/README.md).',
    '',
    `Of ${total.entries} entries a test shows ${total.shown}. ${total.notYet} are not yet shown,`,
    `and ${total.notApplicable} are not applicable.`,
    `Of the ${first.entries} entries to be shown first, a test shows ${first.shown}.`,
    '',
    '## Files and areas',
    '',
    ...tallyTable(count),
    '',
    '## Shown',
    '',
    ...shownList(inState('shown')),
    '',
    '## Not applicable',
    '',
    ...byReason(inState('not applicable')),
    '',
    '## Later, because a part is missing',
    '',
    'These count as not yet.',
    '',
    ...byReason(later),
    '',
  ].join('\n');
}

// The columns are padded as the project's formatter pads them, so that the two never disagree.
function tallyTable({ files, total }) {
  const rows = [['', 'entries', 'shown', 'not yet', 'not applicable']];
  const add = (name, { entries, shown, notYet, notApplicable }) =>
    rows.push([name, ...[entries, shown, notYet, notApplicable].map(String)]);
  for (const file of files) {
    add(`**[${file.file}.yaml](../contract/${file.file}.yaml)**`, file);
    for (const area of file.areas) add(area.area, area);
  }
  add('**total**', total);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const pad = (cell, column) =>
    column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [rows[0].map(pad), rule, ...rows.slice(1).map((row) => row.map(pad))].map(
    (row) => `| ${row.join(' | ')} |`,
  );
}

function shownList(entries) {
  if (entries.length === 0) return ['None.'];
  return entries.map(({ id, subject, tests }) => {
    const links = tests.map((file) => `[${file}](../${file})`).join(', ');
    return `- ${id}, ${escapeMarkdown(subject)}: ${links}`;
  });
}

/** One paragraph for each reason, in the order of the first entry that has it. */
function byReason(entries) {
  const groups = new Map();
  for (const { id, reason } of entries) {
    const group = groups.get(reason);
    if (group === undefined) groups.set(reason, [id]);
    else group.push(id);
  }
  if (groups.size === 0) return ['None.'];
  return [...groups].map(([reason, ids]) => `- ${ids.join(', ')}: ${reason}`);
}

function escapeMarkdown(text) {
  return text.replace(/[\\*_<`[\]]/g, '\\$&');
}
