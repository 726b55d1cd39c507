/** A device without registers worth the name: for tests that are about ports, not hardware. */
import type { DeviceModel, DeviceSlot } from '../../src/hardware/device.ts';

export interface PlainDevice extends DeviceModel {
  readonly slot: DeviceSlot;
  readonly memory: Map<number, number>;
}

export function plainDevice(slot: DeviceSlot): PlainDevice {
  const memory = new Map<number, number>();
  return {
    slot,
    memory,
    identity: {
      vendorId: 0x1234,
      deviceId: 0x5678,
      description: 'Plain Audio Device',
      hardwareId: 'PCI\\VEN_1234&DEV_5678',
    },
    registers: {
      sizeBytes: 0x2000,
      read: (offset) => memory.get(offset) ?? 0,
      write: (offset, _width, value) => {
        memory.set(offset, value);
      },
    },
    settle: () => undefined,
    powerOff: () => slot.interrupt.deassert(),
  };
}
