/**
 * The routines by which a driver sees and changes the ticks of the system clock. Sources: the
 * reference pages of KeQueryTimeIncrement, ExSetTimerResolution and ExQueryTimerResolution.
 */
import type { Out } from '../../base/out.ts';
import {
  type ClockInterrupt,
  MAXIMUM_INCREMENT_100NS,
  MINIMUM_INCREMENT_100NS,
} from './clock-interrupt.ts';

export function timerResolutionRoutines(ticks: ClockInterrupt) {
  return {
    /** Any IRQL. */
    KeQueryTimeIncrement: (): number => ticks.increment100ns,
    /** IRQL <= APC_LEVEL. */
    ExSetTimerResolution: (desiredTime100ns: number, setResolution: boolean): number =>
      setResolution ? ticks.request(desiredTime100ns) : ticks.release(),
    /** Any IRQL. */
    ExQueryTimerResolution: (
      maximum: Out<number>,
      minimum: Out<number>,
      current: Out<number>,
    ): void => {
      maximum.value = MAXIMUM_INCREMENT_100NS;
      minimum.value = MINIMUM_INCREMENT_100NS;
      current.value = ticks.increment100ns;
    },
  };
}
