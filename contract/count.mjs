/**
 * Keeps count of the contract: joins the catalogue, the decisions about it and the citations in
 * the tests, and says of every entry whether a test shows it.
 */

import { readCatalogue, readDecisions } from './catalogue.mjs';
import { findCitations } from './citations.mjs';

/**
 * Counts. `sources.catalogue` maps file names to YAML, `sources.status` is YAML, `sources.tests`
 * maps the paths of test files to their text. When `problems` is not empty, trust nothing else.
 */
export function countContract(sources) {
  const catalogue = readCatalogue(sources.catalogue);
  const decisions = readDecisions(sources.status, catalogue);
  const problems = [...catalogue.problems, ...decisions.problems];
  const testsById = gatherTests(sources.tests, catalogue.byId, problems);
  for (const [id, decision] of decisions.byId) {
    for (const file of testsById.get(id) ?? [])
      problems.push(`contract/status.yaml says ${decision.state} of ${id}, but ${file} shows it`);
  }
  const entries = [...catalogue.byId.values()].map((entry) => {
    const decision = decisions.byId.get(entry.id);
    const tests = testsById.get(entry.id) ?? [];
    return { ...entry, state: stateOf(tests, decision), reason: decision?.reason ?? null, tests };
  });
  const files = catalogue.files.map(({ name }) => tallyFile(name, entries));
  return { entries, files, total: tally(entries), first: tally(entries.filter(isFirst)), problems };
}

/** How many of `entries` are in each state. */
export function tally(entries) {
  const count = (state) => entries.filter((entry) => entry.state === state).length;
  return {
    entries: entries.length,
    shown: count('shown'),
    notYet: count('not yet'),
    notApplicable: count('not applicable'),
  };
}

function gatherTests(tests, byId, problems) {
  const testsById = new Map();
  for (const file of Object.keys(tests).sort()) {
    for (const { id, line } of findCitations(tests[file])) {
      const known = testsById.get(id);
      if (!byId.has(id)) problems.push(`${file}:${line} cites ${id}, which does not exist`);
      else if (known === undefined) testsById.set(id, [file]);
      else if (!known.includes(file)) known.push(file);
    }
  }
  return testsById;
}

function stateOf(tests, decision) {
  if (tests.length > 0) return 'shown';
  return decision?.state === 'not-applicable' ? 'not applicable' : 'not yet';
}

function isFirst(entry) {
  return entry.first;
}

function tallyFile(name, allEntries) {
  const entries = allEntries.filter((entry) => entry.file === name);
  const areas = [...new Set(entries.map((entry) => entry.area))].map((area) => ({
    area,
    ...tally(entries.filter((entry) => entry.area === area)),
  }));
  return { file: name, ...tally(entries), areas };
}
