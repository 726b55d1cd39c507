/** What `pinTable` says of a table that it cannot read; how it reads one is seen in test/scenario. */
import { describe, expect, it } from 'vitest';
import { pinTable } from './pin-table.ts';

const HEADER = 'at ms  request  status  pin  position';

const read = (table: string) => () =>
  pinTable('never reached', table, () => {
    throw new Error('never booted');
  });

describe('a pin table', () => {
  it('has its five columns', () => {
    expect(read('at ms  request  status')).toThrow(/has the columns at ms, request, status/);
    expect(read('')).toThrow(/has the columns/);
  });

  it('has a row, and every row five cells', () => {
    expect(read(HEADER)).toThrow(/without a row/);
    expect(read(`${HEADER}\n0  get STATE  SUCCESS  STOP`)).toThrow(/row 1 of a pin table/);
  });

  it('goes forward in time', () => {
    const rows = ['2  -  -  STOP  0', '1  -  -  STOP  0'];
    expect(read([HEADER, ...rows].join('\n'))).toThrow(/row 2 of a pin table/);
  });
});
