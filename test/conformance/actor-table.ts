/**
 * A table of drivers that do one thing wrong each. A row tells which cases of the whole suite fail,
 * and so that all others pass: a case that failed for somebody else's fault, or that let its own
 * fault through, would break a row. Drivers are bent alike in both directions; `both` stands where
 * a case about the fault looks at them in different ways.
 */
import { describe, expect, it } from 'vitest';
import type { Direction } from '../../src/conformance/conformance-case.ts';
import { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import type { DriverModule } from '../../src/portcls/ddi/index.ts';
import { idsWith, runSuite } from './suite.ts';

export type ActorRow = readonly [
  driver: DriverModule,
  tested: Direction | 'both',
  fails: string,
  warns?: string,
];

export function actorTable(what: string, rows: readonly ActorRow[]): void {
  describe(`a driver that is wrong in ${what} fails the cases about it, and no other:`, () => {
    it.each(rows.map(([driver, ...row]) => [driver.name, driver, ...row] as const))(
      '%s',
      (_name, driver, tested, fails, warns = '') => {
        const direction = tested === 'both' ? undefined : tested;
        const results = runSuite((slot) => new HdaController(slot), driver, [''], direction);
        expect(idsWith('fail', results)).toBe(fails);
        expect(idsWith('warning', results)).toBe(warns);
      },
    );
  });
}
