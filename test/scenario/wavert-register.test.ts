/** Mapped position and clock registers of a pin, and the hardware latency that goes with them. */
import { expect } from 'vitest';
import { type VirtualAddress, virtual } from '../../src/base/brand.ts';
import { CmResourceTypeMemory } from '../../src/kernel/pnp/resources.ts';
import { type KsRtAudioHwRegister, MmNonCached } from '../../src/portcls/ddi/index.ts';
import { KSPROPSETID_RTAudio } from '../../src/standards/ks/guids.ts';
import {
  KSPROPERTY_RTAUDIO,
  KSRTAUDIO_HWREGISTER,
  KSRTAUDIO_HWREGISTER_PROPERTY,
} from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_NOT_IMPLEMENTED,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, pinTable, scenario } from '../../src/testing/index.ts';
import type { PlainAnswers } from '../support/plain-driver.ts';
import { ANY_BYTES, bootPlain, type PlainMachine } from '../support/plain-machine.ts';

const PAGE = 4096;
/** On the second page of the plain device's registers. */
const POSITION_AT = PAGE + 0x84;
const CLOCK_AT = PAGE + 0x30;
const REGISTER_BYTES = 2 * PAGE;
const { CLOCKREGISTER, POSITIONREGISTER } = KSPROPERTY_RTAUDIO;

type Filler = (register: KsRtAudioHwRegister, base: VirtualAddress) => NtStatus;

const position: Filler = (register, base) => {
  Object.assign(register, { register: base + POSITION_AT, width: 32, accuracy: 8 });
  return STATUS_SUCCESS;
};
const clock: Filler = (register, base) => {
  const rate = { numerator: 33_000_000, denominator: 2 };
  Object.assign(register, { register: base + CLOCK_AT, width: 64, accuracy: 1, ...rate });
  return STATUS_SUCCESS;
};

/** A machine whose driver has its registers mapped; `body` runs while they are. */
function withRegisters(
  lab: Lab,
  body: (machine: PlainMachine) => void,
  fill: { position: Filler; clock: Filler } = { position, clock },
): void {
  let bus = 0;
  let base = virtual(0);
  const answers: PlainAnswers = {
    init: (_port, list) => {
      const entry = list.findTranslatedEntry(CmResourceTypeMemory, 0);
      if (entry?.type === CmResourceTypeMemory) bus = entry.start;
      return STATUS_SUCCESS;
    },
    positionRegister: (register) => fill.position(register, base),
    clockRegister: (register) => fill.clock(register, base),
  };
  const machine = bootPlain(lab, answers);
  base = machine.driver.wdk.MmMapIoSpace(bus, REGISTER_BYTES, MmNonCached) ?? base;
  body(machine);
  machine.driver.wdk.MmUnmapIoSpace(base, REGISTER_BYTES);
}

function map(machine: PlainMachine, kind: 'position' | 'clock') {
  const { pin } = machine.openBuffer();
  const { status, register } = pin.tryMapRegister(kind);
  pin.check(kind, status);
  if (register === null) throw new Error('no register');
  return { pin, register };
}

scenario(
  'registers are asked for with GET and whole structures [WRT-REG-001 WRT-REG-013]',
  (lab) => {
    withRegisters(lab, (machine) => {
      const { pin } = machine.openBuffer();
      for (const id of [POSITIONREGISTER, CLOCKREGISTER]) {
        const size = KSRTAUDIO_HWREGISTER.size;
        const request = KSRTAUDIO_HWREGISTER_PROPERTY.size;
        KSRTAUDIO_HWREGISTER_PROPERTY.write(pin.view, pin.requestAt, { BaseAddress: 0 });
        const get = (value: number, bytes: number) =>
          pin.get(KSPROPSETID_RTAudio, id, value, bytes);
        expect(get(size - 1, request)).toBe(STATUS_BUFFER_TOO_SMALL);
        expect(get(size, request - 8)).toBe(STATUS_INVALID_BUFFER_SIZE);
        const set = pin.set(KSPROPSETID_RTAudio, id, size, request);
        expect(set).toBe(STATUS_INVALID_DEVICE_REQUEST);
        KSRTAUDIO_HWREGISTER_PROPERTY.write(pin.view, pin.requestAt, { BaseAddress: 0x10_0000 });
        expect(get(size, request)).toBe(STATUS_UNSUCCESSFUL);
        KSRTAUDIO_HWREGISTER_PROPERTY.write(pin.view, pin.requestAt, { BaseAddress: 0 });
        expect(get(size, request)).toBe(STATUS_SUCCESS);
        expect(pin.bytesReturned).toBe(size);
      }
    });
  },
);

scenario(
  'the miniport is asked at PASSIVE_LEVEL, and may have none [WRT-REG-002 WRT-REG-014]',
  (lab) => {
    const machine = bootPlain(lab);
    const { pin } = machine.openBuffer();
    const spied = machine.spy();
    expect(pin.tryMapRegister('position').status).toBe(STATUS_NOT_SUPPORTED);
    expect(pin.tryMapRegister('clock').status).toBe(STATUS_NOT_SUPPORTED);
    expect(spied.map(({ name, irql, args }) => [name, irql, args.length])).toEqual([
      ['IMiniportWaveRTStream.GetPositionRegister', 0, 1],
      ['IMiniportWaveRTStream.GetClockRegister', 0, 1],
    ]);
  },
);

scenario('whatever the failure, the property fails [WRT-REG-003]', (lab) => {
  for (const status of [STATUS_NOT_SUPPORTED, STATUS_NOT_IMPLEMENTED]) {
    const machine = bootPlain(lab, { positionRegister: () => status });
    const answer = machine.openBuffer().pin.tryMapRegister('position');
    expect(answer).toEqual({ status, register: null });
  }
});

scenario('a position has three members, a clock has five [WRT-REG-005]', (lab) => {
  withRegisters(lab, (machine) => {
    const { register: place, pin } = map(machine, 'position');
    expect(place).toMatchObject({ widthBits: 32, accuracy: 8, numerator: 0, denominator: 0 });
    const { register } = pin.tryMapRegister('clock');
    const rate = { numerator: 33_000_000, denominator: 2 };
    expect(register).toMatchObject({ widthBits: 64, accuracy: 1, ...rate });
  });
});

scenario('a register is 32 or 64 bits wide [WRT-REG-006]', (lab) => {
  const narrow: Filler = (register, base) => {
    position(register, base);
    register.width = 16;
    return STATUS_SUCCESS;
  };
  withRegisters(
    lab,
    (machine) => {
      const { status } = machine.openBuffer().pin.tryMapRegister('position');
      expect(status).toBe(STATUS_UNSUCCESSFUL);
      machine.lab.expectFinding(/the position register has a Width of 16 bits/);
    },
    { position: narrow, clock },
  );
});

scenario('a client reads the register itself [WRT-REG-008]', (lab) => {
  withRegisters(lab, (machine) => {
    const { register } = map(machine, 'position');
    machine.takeCalls();
    const { ioSpace } = machine.kernel;
    for (const value of [96, 192, 3839]) {
      machine.lab.device.memory.set(POSITION_AT, value);
      expect(ioSpace.readRegister(register.address, 4)).toBe(value);
    }
    expect(machine.takeCalls()).toEqual([]);
    const { id } = machine.lab.client.process;
    const facts = ioSpace.outstanding().join();
    expect(facts).toContain(`4096 bytes at 0x`);
    expect(facts).toContain(`user (process ${id})`);
  });
});

scenario('an address that is no register is not mapped [WRT-REG-008]', (lab) => {
  const inPool: Filler = (register, base) => {
    position(register, base);
    register.register = virtual(0x2_0000);
    return STATUS_SUCCESS;
  };
  withRegisters(
    lab,
    (machine) => {
      const { status } = machine.openBuffer().pin.tryMapRegister('position');
      expect(status).toBe(STATUS_UNSUCCESSFUL);
      machine.lab.expectFinding(/position register is at an address where no device register/);
    },
    { position: inPool, clock },
  );
});

scenario('a register is mapped once in the life of a pin [WRT-REG-009]', (lab) => {
  withRegisters(lab, (machine) => {
    const { pin, register } = map(machine, 'position');
    machine.takeCalls();
    expect(pin.tryMapRegister('position').status).toBe(STATUS_INVALID_DEVICE_REQUEST);
    expect(machine.takeCalls()).toEqual([]);
    machine.lab.device.memory.set(POSITION_AT, 7);
    expect(machine.kernel.ioSpace.readRegister(register.address, 4)).toBe(7);
  });
});

scenario('a close takes buffer, view and registers with it [WRT-PIN-010 WRT-REG-010]', (lab) => {
  withRegisters(lab, (machine) => {
    const { pin, register } = map(machine, 'position');
    const { register: ticks } = pin.tryMapRegister('clock');
    const { ioSpace, memory } = machine.kernel;
    expect(ioSpace.outstanding()).toHaveLength(3);
    expect(memory.outstanding().join()).toMatch(/user \(process \d+\) mapping of 1 page/);
    pin.close();
    expect(memory.outstanding().join()).not.toMatch(/MDL|mapping/);
    expect(ioSpace.outstanding()).toHaveLength(1);
    for (const address of [register.address, ticks?.address ?? virtual(0)]) {
      expect(() => ioSpace.readRegister(address, 4)).toThrow(/PAGE_FAULT_IN_NONPAGED_AREA/);
    }
  });
});

const LATENCY = { fifoSize: 256, chipsetDelay: 10, codecDelay: 5000 };

pinTable(
  'the latency is 12 bytes, and comes whole or not at all [WRT-LAT-001]',
  `
  at ms  request                     status            pin   position
   0     get RTAUDIO.BUFFER 3840     SUCCESS           STOP  -
   0     get RTAUDIO.HWLATENCY 12 B  SUCCESS           STOP  -
   0     get RTAUDIO.HWLATENCY 11 B  BUFFER_TOO_SMALL  STOP  -
   0     set RTAUDIO.HWLATENCY 12 B  INVALID_DEVICE_REQUEST  STOP  -
`,
  (lab) => bootPlain(lab, { latency: LATENCY }).lab,
);

scenario('the latency is the miniport’s own [WRT-LAT-001]', (lab) => {
  const machine = bootPlain(lab, { latency: LATENCY });
  expect(machine.openBuffer().pin.hardwareLatency()).toEqual({
    fifoBytes: 256,
    chipsetDelay100ns: 10,
    codecDelay100ns: 5000,
  });
});

scenario('a latency that is not filled in is reported, at PASSIVE_LEVEL [WRT-LAT-002]', (lab) => {
  const machine = bootPlain(lab, { latency: { fifoSize: 256, codecDelay: 0 } });
  const { pin } = machine.openBuffer(ANY_BYTES);
  const spied = machine.spy();
  expect(pin.hardwareLatency()).toMatchObject({ fifoBytes: 256, chipsetDelay100ns: 0 });
  expect(spied).toMatchObject([{ name: 'IMiniportWaveRTStream.GetHWLatency', irql: 0 }]);
  machine.lab.expectFinding(/GetHWLatency left chipsetDelay unwritten/);
  expect(machine.lab.findings).toHaveLength(1);
});

scenario('a latency asked before the buffer is answered and noted [WRT-LAT-007]', (lab) => {
  const machine = bootPlain(lab, { latency: LATENCY });
  const pin = machine.openPin();
  expect(pin.hardwareLatency().fifoBytes).toBe(256);
  machine.lab.expectFinding(/a client asked for the hardware latency before the cyclic buffer/);
  pin.tryAllocateBuffer(ANY_BYTES);
  pin.hardwareLatency();
  expect(machine.lab.findings).toHaveLength(1);
});
