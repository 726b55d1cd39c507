import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Alarm, Clock } from './clock.ts';

/** A clock, and alarms that write down who fired and when. */
function start(): { clock: Clock; fired: string[]; alarm: (name: string) => Alarm } {
  const clock = new Clock();
  const fired: string[] = [];
  const alarm = (name: string): Alarm =>
    new Alarm(clock, name, () => fired.push(`${name} ${clock.now}`));
  return { clock, fired, alarm };
}

describe('the clock', () => {
  it('starts at 0 and moves when it is told, never back', () => {
    const { clock } = start();
    expect(clock.now).toBe(0);
    clock.advanceTo(10);
    clock.advanceTo(5);
    expect(clock.now).toBe(10);
    clock.advanceTo(10);
    clock.advanceTo(20);
    expect(clock.now).toBe(20);
  });

  it('fires alarms at their time, in order of time, and of setting when due together', () => {
    const { alarm, clock, fired } = start();
    const [a, b, c] = [alarm('a'), alarm('b'), alarm('c')];
    c.set(20);
    b.set(10);
    a.set(10);
    expect(clock.nextDue).toBe(10);
    clock.advanceTo(9);
    expect(fired).toEqual([]);
    clock.advanceTo(30);
    expect(fired).toEqual(['b 10', 'a 10', 'c 20']);
    expect([clock.now, clock.nextDue]).toEqual([30, Number.POSITIVE_INFINITY]);
  });

  it('moves an alarm that is set again, behind those due at its new time', () => {
    const { alarm, clock, fired } = start();
    const [a, b] = [alarm('a'), alarm('b')];
    a.set(5);
    b.set(10);
    a.set(10);
    clock.advanceTo(10);
    expect(fired).toEqual(['b 10', 'a 10']);
  });

  it('fires an alarm of the past at once, at the present time', () => {
    const { alarm, clock, fired } = start();
    clock.advanceTo(50);
    alarm('late').set(20);
    clock.advanceTo(50);
    expect(fired).toEqual(['late 50']);
  });

  it('lets a callback cancel another alarm, set itself anew, and set more', () => {
    const { alarm, clock, fired } = start();
    const victim = alarm('victim');
    let ticks = 0;
    const ticking: Alarm = new Alarm(clock, 'tick', () => {
      expect(ticking.isSet).toBe(false);
      victim.cancel();
      fired.push(`tick ${clock.now}`);
      if (++ticks < 3) ticking.set(clock.now + 10);
      else alarm('last').set(clock.now);
    });
    ticking.set(10);
    victim.set(10);
    clock.advanceTo(100);
    expect(fired).toEqual(['tick 10', 'tick 20', 'tick 30', 'last 30']);
    expect(victim.isSet).toBe(false);
    expect(clock.pending).toEqual([]);
  });

  it('may be advanced from inside a callback, and the outer advance goes on behind it', () => {
    const { alarm, clock, fired } = start();
    alarm('inner').set(15);
    alarm('outer').set(40);
    new Alarm(clock, 'stall', () => {
      clock.advanceTo(20);
      fired.push(`stalled to ${clock.now}`);
    }).set(10);
    clock.advanceTo(30);
    expect(fired).toEqual(['inner 15', 'stalled to 20']);
    expect(clock.now).toBe(30);
    clock.advanceTo(40);
    expect(fired.at(-1)).toBe('outer 40');
  });

  it('keeps the later time when a callback went past the target', () => {
    const { clock } = start();
    new Alarm(clock, 'stall', () => clock.advanceTo(90)).set(10);
    clock.advanceTo(30);
    expect(clock.now).toBe(90);
  });

  it('steps from alarm to alarm and says when there is none', () => {
    const { alarm, clock, fired } = start();
    alarm('a').set(7);
    expect(clock.pending.map((each) => each.name)).toEqual(['a']);
    expect([clock.step(), clock.now, clock.step(), clock.now]).toEqual([true, 7, false, 7]);
    expect(fired).toEqual(['a 7']);
  });

  it('agrees with a sorted list, whatever is set, moved, cancelled and advanced', () => {
    const command = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), who: fc.nat(7), by: fc.nat(50) }),
      fc.record({ kind: fc.constant('cancel' as const), who: fc.nat(7), by: fc.constant(0) }),
      fc.record({ kind: fc.constant('advance' as const), who: fc.constant(0), by: fc.nat(30) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const { alarm, clock, fired } = start();
        const alarms = Array.from({ length: 8 }, (_, index) => alarm(String(index)));
        let model: { who: number; due: number }[] = [];
        const expected: string[] = [];
        for (const { by, kind, who } of commands) {
          if (kind !== 'advance') model = model.filter((each) => each.who !== who);
          if (kind === 'set') {
            alarms[who]?.set(clock.now + by);
            model.push({ who, due: clock.now + by });
          } else if (kind === 'cancel') {
            alarms[who]?.cancel();
          } else {
            const until = clock.now + by;
            const due = model.filter((each) => each.due <= until);
            // A stable sort keeps the order of setting among alarms that are due together.
            due.sort((left, right) => left.due - right.due);
            expected.push(...due.map((each) => `${each.who} ${each.due}`));
            model = model.filter((each) => each.due > until);
            clock.advanceTo(until);
          }
        }
        expect(fired).toEqual(expected);
        expect(clock.pending).toHaveLength(model.length);
        expect(alarms.map((each) => each.isSet)).toEqual(
          alarms.map((_, who) => model.some((each) => each.who === who)),
        );
      }),
    );
  });
});
