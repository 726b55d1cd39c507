/** What the scanner takes for a citation. Every source here is a string, so none of it counts. */
import { describe, expect, it } from 'vitest';
import { findCitations } from '../../contract/index.mjs';

// Written apart, so that no string here looks like a template that lost its backticks.
const HOLE = '$';
const idsIn = (source: string): string[] => findCitations(source).map(({ id }) => id);

describe('the scanner of test titles', () => {
  it('finds an id in a title, whatever the quotes and the call', () => {
    expect(idsIn("it('a [WRT-MDL-001]', f)")).toEqual(['WRT-MDL-001']);
    expect(idsIn('test("a [WRT-MDL-002]", f)')).toEqual(['WRT-MDL-002']);
    expect(idsIn('scenario(`a [WRT-MDL-003]`, f)')).toEqual(['WRT-MDL-003']);
    expect(idsIn("pinTable('a [PCL-DRV-001]', rows)")).toEqual(['PCL-DRV-001']);
    expect(idsIn("fuzz('a [VER-POS-001]', {})")).toEqual(['VER-POS-001']);
    expect(idsIn("describe('a [WPC-GM-001]', () => { it('b [WPC-GM-002]', f) })")).toEqual([
      'WPC-GM-001',
      'WPC-GM-002',
    ]);
  });

  it('finds several ids in one pair of brackets, and several pairs', () => {
    const ids = ['WRT-MDL-009', 'WRT-MDL-014'];
    expect(idsIn("it('a [WRT-MDL-009 WRT-MDL-014]', f)")).toEqual(ids);
    expect(idsIn("it('a [WRT-MDL-009, WRT-MDL-014]', f)")).toEqual(ids);
    expect(idsIn("it('a [WRT-MDL-009] and [WRT-MDL-014]', f)")).toEqual(ids);
    expect(idsIn("it('a [WRT-MDL-009' +\n ' WRT-MDL-014]', f)")).toEqual(ids);
  });

  it('gives the line of the call', () => {
    const source = `/* one\n two */\nconst a = \`\n${HOLE}{b}\`;\nit(\n  'c [WRT-MDL-001]', f)`;
    expect(findCitations(source)).toEqual([{ id: 'WRT-MDL-001', line: 5 }]);
  });

  it('looks behind rows, conditions and type arguments for the title', () => {
    expect(idsIn("it.each([['x', 1]])('a [WRT-MDL-001]', f)")).toEqual(['WRT-MDL-001']);
    expect(idsIn("it.each<Row<() => void>>(rows)('a [WRT-MDL-001]', f)")).toEqual(['WRT-MDL-001']);
    expect(idsIn(`it.each\`x\n${HOLE}{(1, 2)}\`('a [WRT-MDL-001]', f)`)).toEqual(['WRT-MDL-001']);
    expect(idsIn("it.skipIf(old)('a [WRT-MDL-001]', f)")).toEqual(['WRT-MDL-001']);
    expect(idsIn("it.only('a [WRT-MDL-001]', f)")).toEqual(['WRT-MDL-001']);
  });

  it('ignores comments, other strings and other calls', () => {
    expect(idsIn("// it('a [WRT-MDL-001]')\n/* it('a [WRT-MDL-001]') */")).toEqual([]);
    expect(idsIn("it('a', () => expect(f, '[WRT-MDL-001]'))")).toEqual([]);
    expect(idsIn("it(name('[WRT-MDL-001]'), f)")).toEqual([]);
    expect(idsIn("/x/.test('[WRT-MDL-001]'); visit('[WRT-MDL-001]')")).toEqual([]);
    expect(idsIn(`const text = "it('a [WRT-MDL-001]', f)"`)).toEqual([]);
    expect(idsIn("it('frame[3] of [SDnCTL.RUN]', f)")).toEqual([]);
  });

  it('does not count what is skipped, to do or expected to fail', () => {
    expect(idsIn("it.skip('a [WRT-MDL-001]', f); it('b [WRT-MDL-002]', f)")).toEqual([
      'WRT-MDL-002',
    ]);
    expect(idsIn("it.todo('a [WRT-MDL-001]')")).toEqual([]);
    expect(idsIn("it.fails('a [WRT-MDL-001]', f)")).toEqual([]);
    expect(idsIn("describe.skip('a', () => { it('b [WRT-MDL-001]', f) })")).toEqual([]);
  });

  it('is not put off by quotes and slashes in regular expressions and templates', () => {
    expect(idsIn("const a = /['\"`/]/g; it('a [WRT-MDL-001]', f)")).toEqual(['WRT-MDL-001']);
    expect(idsIn("const a = b / c; it('a [WRT-MDL-001]', f) / d")).toEqual(['WRT-MDL-001']);
    expect(
      idsIn(`a = \`${HOLE}{b ? \`'${HOLE}{c}'\` : {}.d}'\`; it('a [WRT-MDL-001]', f)`),
    ).toEqual(['WRT-MDL-001']);
    expect(idsIn("it('it\\'s [WRT-MDL-001]', f)")).toEqual(['WRT-MDL-001']);
  });

  it('keeps a misspelt id, so that the count can report it', () => {
    expect(idsIn("it('a [WRT-MDL-9] [wrt-mdl-001] [WRT-MDL-001..003]', f)")).toEqual([
      'WRT-MDL-9',
      'wrt-mdl-001',
      'WRT-MDL-001..003',
    ]);
    expect(idsIn("it('a [WRT-MDL-001 and MDL-002]', f)")).toEqual([
      'WRT-MDL-001',
      'and',
      'MDL-002',
    ]);
  });
});
