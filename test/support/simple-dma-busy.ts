/**
 * What holds up a driver: a service routine of another device that spins at its own, higher level;
 * a DPC that takes its time; code that holds the IRQL up. Each begins at a moment that the scenario
 * names and lets go at another, to the nanosecond.
 */
import { Out } from '../../src/base/out.ts';
import { kernelDdi } from '../../src/kernel/ddi/kernel-routines.ts';
import type { Kinterrupt } from '../../src/kernel/interrupt-vector.ts';
import { HIGHEST_DEVICE_LEVEL } from '../../src/kernel/irql.ts';
import { Alarm } from '../../src/sim/clock.ts';
import type { SimpleMachine } from './simple-dma-machine.ts';

export type BusyKind = 'service routine' | 'DPC' | 'raised IRQL';

const OTHER_VECTOR = 0x71;
const OTHER_LEVEL = 9;
const NS_PER_US = 1_000;

/** The processor is busy from `fromNs` to `toNs`. Set it up before; once per machine and kind. */
export function busy(machine: SimpleMachine, kind: BusyKind, fromNs: number, toNs: number): void {
  const { kernel } = machine.machine;
  const ddi = kernelDdi(kernel);
  const spin = (): void => ddi.KeStallExecutionProcessor((toNs - kernel.clock.now) / NS_PER_US);
  const at = (begin: () => void): void => {
    new Alarm(kernel.clock, `busy with a ${kind}`, begin).set(fromNs);
  };
  switch (kind) {
    case 'service routine': {
      const line = kernel.interrupts.line(OTHER_VECTOR, OTHER_LEVEL, 'another device');
      const interrupt = new Out<Kinterrupt | null>(null);
      ddi.IoConnectInterrupt(interrupt, {
        vector: OTHER_VECTOR,
        irql: OTHER_LEVEL,
        shareVector: false,
        levelSensitive: true,
        serviceRoutine: () => {
          spin();
          line.deassert();
          return true;
        },
        context: null,
      });
      at(() => {
        line.assert();
        if (interrupt.value !== null) ddi.IoDisconnectInterrupt(interrupt.value);
      });
      return;
    }
    case 'DPC': {
      const dpc = ddi.KeInitializeDpc(spin, null, 'a long DPC');
      at(() => {
        ddi.KeInsertQueueDpc(dpc);
      });
      return;
    }
    case 'raised IRQL':
      at(() => {
        const old = ddi.KeRaiseIrql(HIGHEST_DEVICE_LEVEL);
        spin();
        ddi.KeLowerIrql(old);
      });
      return;
  }
}
