import { describe, expect, it } from 'vitest';
import { Clock } from './clock.ts';
import { Trace, traceKind } from './trace.ts';

const NUMBER = traceKind('number', 'value:dec');
const ALL = traceKind('all', 'a:hex', 'b:text', 'c:status', 'd');

describe('the trace', () => {
  it('prints time, kind and fields, each in its format', () => {
    const clock = new Clock();
    const trace = new Trace(clock);
    clock.advanceTo(1_000_000_042);
    trace.write(ALL, 0xbeef, trace.text('a name'), 0xc0000001, -7);
    expect(trace.tail()).toEqual(['0001.000000042 all a=0xbeef b=a name c=0xc0000001 d=-7']);
    trace.write(ALL, 0, 99, 0, 0);
    expect(trace.tail(1)).toEqual(['0001.000000042 all a=0x0 b=? c=0x00000000 d=0']);
  });

  it('gives one number for one text', () => {
    const trace = new Trace(new Clock());
    expect([trace.text('x'), trace.text('y'), trace.text('x')]).toEqual([0, 1, 0]);
  });

  it('keeps the newest rows, oldest first', () => {
    const trace = new Trace(new Clock(), { rows: 3 });
    for (let value = 0; value < 5; value++) trace.write(NUMBER, value);
    const values = (lines: string[]): string[] => lines.map((line) => line.slice(-1));
    expect(values(trace.tail())).toEqual(['2', '3', '4']);
    expect(values(trace.tail(2))).toEqual(['3', '4']);
    expect(values(trace.tail(99))).toEqual(['2', '3', '4']);
    expect(trace.written).toBe(5);
  });

  it('hands every row to a sink once: a ring at a time, the rest when flushed', () => {
    const handed: string[] = [];
    const sink = (lines: string): void => {
      handed.push(lines.replace(/^.*value=/gm, ''));
    };
    const trace = new Trace(new Clock(), { rows: 2, sink });
    for (let value = 0; value < 5; value++) trace.write(NUMBER, value);
    expect(handed).toEqual(['0\n1\n', '2\n3\n']);
    trace.flush();
    trace.flush();
    expect(handed).toEqual(['0\n1\n', '2\n3\n', '4\n']);
    expect(() => new Trace(new Clock()).flush()).not.toThrow();
  });

  it('refuses a kind of more than four fields', () => {
    expect(() => traceKind('wide', 'a', 'b', 'c', 'd', 'e')).toThrow(/wide has too many fields/);
  });
});
