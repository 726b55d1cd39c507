/** The count and its complaints, on a catalogue of a few entries. */
import { describe, expect, it } from 'vitest';
import {
  type ContractCount,
  type ContractSources,
  countContract,
  listArea,
  listLater,
  listTally,
  renderPage,
} from '../../contract/index.mjs';

const entry = (id: string, change: Record<string, unknown> = {}): Record<string, unknown> => ({
  id,
  subject: 'IPort',
  kind: 'status',
  who: 'port',
  says: 'It fails.',
  violation: 'It does not.',
  test: 'Call it.',
  source: 'page.md',
  ...change,
});

const rule = (id: string): Record<string, unknown> => ({
  id,
  name: 'PcIrql',
  checks: 'The IRQL.',
  detects_by: 'Looking.',
  severity: 'warning',
  example: 'A DPC.',
  source: 'page.md',
});

// JSON is YAML, and easier to change here.
const yaml = (list: unknown): string => JSON.stringify(list);
const ENTRIES = [
  entry('WRT-AAA-001', { first: true }),
  entry('WRT-AAA-002'),
  entry('WRT-BBB-001'),
  entry('WRT-BBB-002'),
];

function count(change: Partial<ContractSources> = {}): ContractCount {
  const catalogue = { wavert: yaml(ENTRIES), verifier: yaml([rule('VER-AAA-001')]) };
  return countContract({ catalogue, status: '[]', tests: {}, ...change });
}

const problemsWith = (entries: unknown): readonly string[] =>
  count({ catalogue: { wavert: yaml(entries) } }).problems;

const decide = (state: string, entries: string[], reason = 'because'): string =>
  yaml([{ state, entries, reason }]);

describe('the count', () => {
  const counted = count({
    status: yaml([
      { state: 'not-applicable', entries: ['WRT-BBB-001'], reason: 'it is prose' },
      { state: 'later', entries: ['WRT-BBB-002', 'VER-*'], reason: 'needs a part' },
    ]),
    tests: {
      'test/b.test.ts': "it('b [WRT-AAA-001]', f); it('c [WRT-AAA-001]', f)",
      'src/a.test.ts': "it('a [WRT-AAA-001]', f)",
    },
  });

  it('gives every entry its state, its reason and its tests', () => {
    expect(counted.problems).toEqual([]);
    expect(
      counted.entries.map(({ id, state, reason, tests }) => [id, state, reason, tests]),
    ).toEqual([
      ['WRT-AAA-001', 'shown', null, ['src/a.test.ts', 'test/b.test.ts']],
      ['WRT-AAA-002', 'not yet', null, []],
      ['WRT-BBB-001', 'not applicable', 'it is prose', []],
      ['WRT-BBB-002', 'not yet', 'needs a part', []],
      ['VER-AAA-001', 'not yet', 'needs a part', []],
    ]);
  });

  it('adds up files and areas, and what is to be shown first', () => {
    expect(counted.total).toEqual({ entries: 5, shown: 1, notYet: 3, notApplicable: 1 });
    expect(counted.first).toEqual({ entries: 1, shown: 1, notYet: 0, notApplicable: 0 });
    expect(counted.files[0]?.areas).toEqual([
      { area: 'WRT-AAA', entries: 2, shown: 1, notYet: 1, notApplicable: 0 },
      { area: 'WRT-BBB', entries: 2, shown: 0, notYet: 1, notApplicable: 1 },
    ]);
  });

  it('lists as aligned text', () => {
    expect(listTally(counted).split('\n').slice(0, 3)).toEqual([
      '                   entries  shown  not yet  not applicable',
      'wavert.yaml              4      1        2               1',
      '  WRT-AAA                2      1        1               0',
    ]);
    expect(listArea(counted, 'WRT-BBB')).toBe(
      'WRT-BBB: 2 entries, 0 shown, 1 not yet, 1 not applicable\n' +
        'WRT-BBB-001    not applicable  IPort  it is prose\n' +
        'WRT-BBB-002    not yet         IPort  needs a part\n',
    );
    expect(listLater(counted)).toContain('  needs a part\n    WRT-BBB-002 VER-AAA-001\n');
  });

  it('writes a page with the tests and the reasons', () => {
    const page = renderPage(counted);
    expect(page).toContain('|       2 |     0 |       1 |              1 |');
    expect(page).toContain(
      '- WRT-AAA-001, IPort: [src/a.test.ts](../src/a.test.ts), [test/b.test.ts]',
    );
    expect(page).toContain('- WRT-BBB-001: it is prose');
    expect(page).toContain('- WRT-BBB-002, VER-AAA-001: needs a part');
  });
});

describe('complaints', () => {
  it('name the test that cites an unknown id', () => {
    const tests = { 'src/a.test.ts': "\nit('a [WRT-AAA-003]', f)" };
    expect(count({ tests }).problems).toEqual([
      'src/a.test.ts:2 cites WRT-AAA-003, which does not exist',
    ]);
  });

  it('name an id that is there twice', () => {
    expect(problemsWith([...ENTRIES, entry('WRT-AAA-002')])).toEqual([
      'contract/wavert.yaml: WRT-AAA-002 is there twice',
    ]);
  });

  it.each([
    ['has no subject', { subject: undefined }],
    ['has no kind', { kind: undefined }],
    ['has no who', { who: '' }],
    ['has no says', { says: 3 }],
    ['has no source', { source: ' ' }],
    ['has an unknown kind, feeling', { kind: 'feeling' }],
    ['obliges an unknown party, printer', { who: 'printer' }],
    ['has an unknown field, sauce', { sauce: 'page.md' }],
    ['has a "first" that is not true', { first: false }],
  ])('say that an entry %s', (fault, change) => {
    expect(problemsWith([entry('WRT-AAA-001', change)])).toEqual([
      `contract/wavert.yaml: WRT-AAA-001 ${fault}`,
    ]);
  });

  it('say what is wrong with an id, a rule, an item or a file', () => {
    expect(problemsWith([entry('WRT-AAA-1')])[0]).toContain('WRT-AAA-1 is no id');
    expect(problemsWith([{ ...rule('VER-AAA-001'), severity: 'mild' }])[0]).toContain('mild');
    expect(problemsWith([{ ...rule('VER-AAA-001'), checks: '' }])[0]).toContain('has no checks');
    expect(problemsWith(['text'])[0]).toBe('contract/wavert.yaml: entry 1 is not a map of fields');
    expect(problemsWith({})[0]).toBe('contract/wavert.yaml: it has to be a list');
    const broken = count({ catalogue: { wavert: '- id: [' } });
    expect(broken.problems[0]).toMatch(/^contract\/wavert\.yaml: /);
  });

  it('refuse a decision that a test contradicts', () => {
    const tests = { 'src/a.test.ts': "it('a [WRT-AAA-001]', f)" };
    for (const state of ['not-applicable', 'later'])
      expect(count({ tests, status: decide(state, ['WRT-AAA-*']) }).problems).toEqual([
        `contract/status.yaml says ${state} of WRT-AAA-001, but src/a.test.ts shows it`,
      ]);
  });

  it('refuse a decision about nothing, made twice, or badly formed', () => {
    const problemOf = (status: string): string | undefined => count({ status }).problems[0];
    expect(problemOf(decide('later', ['WRT-AAA-009']))).toContain('no entry WRT-AAA-009');
    expect(problemOf(decide('later', ['WRT-ZZZ-*']))).toContain('no entry WRT-ZZZ-*');
    expect(problemOf(decide('later', ['WRT-*', 'WRT-AAA-001']))).toContain('decided twice');
    expect(problemOf(decide('never', ['WRT-AAA-001']))).toContain('has state never');
    expect(problemOf(decide('later', ['WRT-AAA-001'], ''))).toContain('has no reason');
    expect(problemOf(decide('later', []))).toContain('has no list of entries');
    expect(problemOf('[text]')).toContain('is not a map of fields');
    expect(problemOf('{}')).toContain('it has to be a list');
  });
});
