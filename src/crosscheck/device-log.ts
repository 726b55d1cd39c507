/**
 * A device with somebody who listens at its bus: what the driver writes and reads, in order and with
 * the time. The device does not notice.
 */
import type { AccessWidth, DeviceSlot, RegisterSpace } from '../hardware/device.ts';
import type { AudioDevice, DeviceKind, DeviceOptions } from '../machine/devices.ts';

export interface BusAccess {
  readonly kind: 'read' | 'write';
  /** Which of the device's BARs. */
  readonly bar: number;
  readonly atNs: number;
  readonly offset: number;
  readonly width: AccessWidth;
  readonly value: number;
}

export class DeviceLog {
  /** Is told of each access, such as to look into memory at that moment. */
  listener: ((access: BusAccess, slot: DeviceSlot) => void) | null = null;

  /** The same kind of device, listened at. */
  watch(kind: DeviceKind): DeviceKind {
    return { ...kind, create: (slot, options) => this.#make(kind, slot, options) };
  }

  #make(kind: DeviceKind, slot: DeviceSlot, options: DeviceOptions | undefined): AudioDevice {
    const device = kind.create(slot, options);
    const bars = (device.bars ?? [device.registers]).map((bar, index) =>
      this.#listenAt(bar, index, slot),
    );
    return {
      identity: device.identity,
      speaker: device.speaker,
      lineIn: device.lineIn,
      get untoldDelayNs() {
        return device.untoldDelayNs ?? 0;
      },
      bars,
      registers: bars[0] as RegisterSpace,
      settle: () => device.settle(),
      powerOff: () => device.powerOff(),
    };
  }

  #listenAt(registers: RegisterSpace, bar: number, slot: DeviceSlot): RegisterSpace {
    const note = (access: Omit<BusAccess, 'bar' | 'atNs'>): void =>
      this.listener?.({ ...access, bar, atNs: slot.clock.now }, slot);
    return {
      sizeBytes: registers.sizeBytes,
      read: (offset, width) => {
        const value = registers.read(offset, width);
        note({ kind: 'read', offset, width, value });
        return value;
      },
      write: (offset, width, value) => {
        // Told before it takes effect: a service routine may run in the midst of it.
        note({ kind: 'write', offset, width, value });
        registers.write(offset, width, value);
      },
    };
  }
}
