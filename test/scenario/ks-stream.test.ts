/** Stream requests as bytes: headers right and wrong, buffers good and bad, for both widths. */
import { describe, expect } from 'vitest';
import { ms, virtual } from '../../src/base/brand.ts';
import type { KsFilter } from '../../src/client/ks-filter.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import { buildControl } from '../../src/kernel/io/control-request.ts';
import { GENERIC_READ, GENERIC_WRITE } from '../../src/kernel/io/io-codes.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import {
  IOCTL_KS_READ_STREAM,
  IOCTL_KS_WRITE_STREAM,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import {
  KSALLOCATOR_REQUIREMENTF,
  KSSTREAM_HEADER,
  KSSTREAM_HEADER_OPTIONSF,
} from '../../src/standards/ks/stream-packets.ts';
import {
  waveDataFormatBytes,
  writeWaveDataFormat,
} from '../../src/standards/ks/wave-data-format.ts';
import {
  type NtStatus,
  STATUS_ACCESS_DENIED,
  STATUS_CANCELLED,
  STATUS_INVALID_DEVICE_REQUEST,
} from '../../src/standards/nt/ntstatus.ts';
import { formatOf, noise, scenario } from '../../src/testing/index.ts';
import { CAPTURE_PIN, RENDER_PIN } from '../support/bus-master-driver.ts';
import { type BusMasterMachine, bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';
import { bootPlain } from '../support/plain-machine.ts';
import { type Header, roomAt, sendHeaders, soundAt } from '../support/stream-requests.ts';

const { PAUSE, RUN, STOP } = KSSTATE;
const { DATADISCONTINUITY, DURATIONVALID, TIMEDISCONTINUITY, TIMEVALID, TYPECHANGED } =
  KSSTREAM_HEADER_OPTIONSF;

interface Bench {
  readonly machine: BusMasterMachine;
  readonly pin: StreamPin;
  /** A header over 400 bytes of sound. */
  readonly sound: Header;
}

function openBench(machine: BusMasterMachine): Bench {
  const pin = machine.openPin();
  machine.setState(pin, PAUSE);
  return { machine, pin, sound: soundAt(pin.packet(400).dataAt, 400) };
}

describe('a header', () => {
  scenario('is as long as the struct at least, and whole [PCL-KS-002]', (lab) => {
    const { pin, sound } = openBench(bootBusMaster(lab, { isManual: true }));
    const { size } = KSSTREAM_HEADER;
    const fates = [0, size - 8, size - 1, size + 4].map(
      (Size) => sendHeaders(pin, 'write', [{ ...sound, Size }]).fate,
    );
    expect(fates).toEqual(Array.from({ length: 4 }, () => 'INVALID_BUFFER_SIZE'));
    expect(sendHeaders(pin, 'write', [{ ...sound, Size: size + 8 }]).fate).toBe('pending');
    for (const total of [0, 8, size - 1]) {
      expect(sendHeaders(pin, 'write', [sound], total).fate).toBe('INVALID_BUFFER_SIZE');
    }
    const odd = sendHeaders(pin, 'write', [{ ...sound, Size: size + 4 }], size + 4);
    expect(odd.fate).toBe('INVALID_BUFFER_SIZE');
    const cut = sendHeaders(pin, 'write', [sound, { ...sound, Size: size + 64 }], 2 * size);
    expect(cut.fate).toBe('INVALID_BUFFER_SIZE');
  });

  scenario('of a write uses no more than it has room for [PCL-KS-004]', (lab) => {
    const { pin, sound } = openBench(bootBusMaster(lab, { isManual: true }));
    expect(sendHeaders(pin, 'write', [{ ...sound, DataUsed: 401 }]).fate).toBe('INVALID_PARAMETER');
    expect(sendHeaders(pin, 'write', [{ ...sound, DataUsed: 399 }]).fate).toBe('pending');
  });

  scenario(
    'with a time has a scale for it; without the bit it may be anything [PCL-KS-005 PCL-KS-007]',
    (lab) => {
      const { pin, sound } = openBench(bootBusMaster(lab, { isManual: true }));
      const fate = (header: Header): string =>
        sendHeaders(pin, 'write', [{ ...sound, ...header }]).fate;
      const OptionsFlags = TIMEVALID;
      expect(fate({ OptionsFlags, PresentationDenominator: 0 })).toBe('INVALID_PARAMETER');
      expect(fate({ OptionsFlags, PresentationNumerator: 0 })).toBe('INVALID_PARAMETER');
      expect(fate({ OptionsFlags, PresentationTime: 5 })).toBe('pending');
      const unset = { PresentationDenominator: 0, PresentationNumerator: 0, Duration: -1 };
      expect(fate(unset)).toBe('pending');
      expect(fate({ OptionsFlags: DURATIONVALID, Duration: 20_000 })).toBe('pending');
    },
  );

  scenario('of a write stays as it was', (lab) => {
    const { machine, pin, sound } = openBench(bootBusMaster(lab));
    const sent = sendHeaders(pin, 'write', [sound]);
    const before = sent.header(0);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(10));
    expect(sent.fate).toBe('SUCCESS');
    expect(sent.header(0)).toEqual(before);
  });
});

describe('gaps', () => {
  scenario(
    'need no data and give no mapping, and come back in their order [PCL-KS-008 PCL-KS-009]',
    (lab) => {
      const { machine, pin, sound } = openBench(bootBusMaster(lab, { isManual: true }));
      const gap = (OptionsFlags: number): Header => ({ ...soundAt(virtual(0), 0), OptionsFlags });
      const alone = sendHeaders(pin, 'write', [gap(DATADISCONTINUITY)]);
      expect(alone.fate).toBe('SUCCESS');
      const sent = [
        sendHeaders(pin, 'write', [sound]),
        sendHeaders(pin, 'write', [gap(TIMEDISCONTINUITY)]),
        sendHeaders(pin, 'write', [sound]),
      ];
      const fates = (): string[] => sent.map(({ fate }) => fate);
      machine.stream.get(0);
      machine.stream.get(1);
      expect(machine.stream.held.length).toBe(2);
      expect(fates()).toEqual(['pending', 'pending', 'pending']);
      machine.stream.giveBack();
      expect(fates()).toEqual(['SUCCESS', 'SUCCESS', 'pending']);
      const behind = sendHeaders(pin, 'write', [gap(DATADISCONTINUITY)]);
      sent[2]?.request.cancel();
      expect(fates()[2]).toBe('CANCELLED');
      expect(behind.fate).toBe('SUCCESS');
    },
  );
});

describe('a new format', () => {
  scenario('comes alone in a write, when nothing of the old one is left [PCL-KS-011]', (lab) => {
    const { machine, pin, sound } = openBench(bootBusMaster(lab));
    const format = formatOf({ sampleRate: 22_050 });
    const bytes = waveDataFormatBytes(format);
    const packet = pin.packet(bytes);
    writeWaveDataFormat(pin.view, packet.dataAt, format);
    const header = soundAt(packet.dataAt, bytes, TYPECHANGED);
    expect(sendHeaders(pin, 'write', [header, sound]).fate).toBe('INVALID_PARAMETER');
    expect(sendHeaders(pin, 'write', [{ ...header, DataUsed: 40 }]).fate).toBe('INVALID_PARAMETER');
    const before = sendHeaders(pin, 'write', [sound]);
    expect(sendHeaders(pin, 'write', [header]).fate).toBe('INVALID_DEVICE_REQUEST');
    before.request.cancel();
    expect(machine.stream.format.rateHz).toBe(48_000);
    expect(sendHeaders(pin, 'write', [header]).fate).toBe('SUCCESS');
    expect(machine.stream.format.rateHz).toBe(22_050);
  });
});

describe('a buffer', () => {
  scenario('that the client may not touch refuses the packet whole', (lab) => {
    const { machine, pin, sound } = openBench(bootBusMaster(lab, { isManual: true }));
    const nowhere = soundAt(virtual(0x40), 100);
    const free = pin.home.process.alloc(8_192);
    pin.home.process.free(free);
    expect(sendHeaders(pin, 'write', [nowhere]).fate).toBe('ACCESS_VIOLATION');
    expect(sendHeaders(pin, 'write', [sound, soundAt(free, 8_192)]).fate).toBe('ACCESS_VIOLATION');
    expect(machine.kernel.memory.frames.lockCount).toBe(0);
    expect(machine.stream.get(0)).not.toBe(0);
    const request = pin.home.process.deviceIoControlAsync(
      pin.handle,
      IOCTL_KS_WRITE_STREAM,
      virtual(0),
      0,
      virtual(0x40),
      KSSTREAM_HEADER.size,
    );
    expect(request.status).toBe(0xc000_0005);
  });

  scenario('is copied nowhere, and its headers are looked at once', (lab) => {
    const { machine, pin, sound } = openBench(bootBusMaster(lab, { isManual: true }));
    const sent = sendHeaders(pin, 'write', [sound]);
    // The client changes its headers while the packet is under way.
    machine.kernel.ram.bytes.fill(0, sent.at, sent.at + sent.bytes);
    machine.kernel.ram.bytes.fill(0xff, sound.Data, (sound.Data ?? 0) + 4);
    machine.stream.get(0);
    const [held] = machine.stream.held;
    expect(held?.virtualAddress).toBe(sound.Data);
    expect(machine.kernel.ram.bytes[held?.virtualAddress ?? 0]).toBe(0xff);
    machine.stream.giveBack();
    expect(sent.request.information).toBe(400);
  });
});

describe('requests', () => {
  scenario('go to pins of their direction, with handles that may', (lab) => {
    const machine = bootBusMaster(lab);
    const render = machine.openPin(RENDER_PIN);
    const capture = machine.openPin(CAPTURE_PIN);
    for (const pin of [render, capture]) machine.setState(pin, PAUSE);
    const { process } = render.home;
    const header = roomAt(render.packet(100).dataAt, 100);
    // A render pin is opened for writing, a capture pin for reading.
    expect(sendHeaders(render, 'read', [header]).request.status).toBe(STATUS_ACCESS_DENIED);
    expect(sendHeaders(capture, 'write', [header]).request.status).toBe(STATUS_ACCESS_DENIED);
    for (const code of [IOCTL_KS_READ_STREAM, IOCTL_KS_WRITE_STREAM]) {
      const status = process.deviceIoControl(
        machine.filter.handle,
        code,
        virtual(0),
        0,
        virtual(0),
        0,
      );
      expect(status).toBe(STATUS_INVALID_DEVICE_REQUEST);
    }
    for (const pin of [render, capture]) machine.setState(pin, STOP);
  });

  scenario('against the direction are refused even where the handle would do', (lab) => {
    const machine = bootBusMaster(lab);
    for (const [pinId, direction] of [
      [RENDER_PIN, 'read'],
      [CAPTURE_PIN, 'write'],
    ] as const) {
      const plain = machine.openPin(pinId);
      const { process } = plain.home;
      const name = process.file(plain.handle)?.fileName;
      if (name === undefined) throw new Error('no file');
      plain.close();
      const access = (GENERIC_READ | GENERIC_WRITE) >>> 0;
      const { handle } = process.createRelativeFile(machine.filter.handle, name, access);
      const pin = new StreamPin(plain.home, handle, STEREO_48);
      machine.setState(pin, PAUSE);
      const sent = sendHeaders(pin, direction, [roomAt(pin.packet(100).dataAt, 100)]);
      expect(sent.fate).toBe('INVALID_DEVICE_REQUEST');
    }
  });

  scenario('of another process, or cancelled before they come, get nowhere', (lab) => {
    const { machine, pin, sound } = openBench(bootBusMaster(lab, { isManual: true }));
    const { process } = pin.home;
    const file = process.file(pin.handle);
    if (file === null) throw new Error('no file');
    const { at, bytes } = sendHeaders(pin, 'write', [sound]);
    const { io } = machine.kernel;
    const send = (sender: typeof process, isCancelled: boolean): NtStatus => {
      const nothing = virtual(0);
      const irp = buildControl(io, sender, file, IOCTL_KS_WRITE_STREAM, nothing, 0, at, bytes);
      if (irp === null) throw new Error('no IRP');
      irp.cancel = isCancelled;
      const status = io.sendAndWait(file.deviceObject.top, irp);
      io.IoFreeIrp(irp);
      return status;
    };
    expect(send(machine.lab.newClient('intruder').process, false)).toBe(STATUS_ACCESS_DENIED);
    expect(send(process, true)).toBe(STATUS_CANCELLED);
    expect(machine.portStream.mappings.packetCount).toBe(1);
  });

  scenario('find no queue on a WaveRT pin', (lab) => {
    const machine = bootPlain(lab);
    const { pin, buffer } = machine.openBuffer();
    const sent = sendHeaders(pin, 'write', [soundAt(buffer.address, 100)]);
    expect(sent.fate).toBe('INVALID_DEVICE_REQUEST');
  });

  scenario('of a 32-bit process have headers of their own width [PCL-KS-001]', (lab) => {
    const machine = bootBusMaster(lab, { interrupts: 'each' });
    const narrow = { process: machine.kernel.createProcess('narrow', 4), ram: machine.kernel.ram };
    const filter: KsFilter = machine.lab.openFilter(KSCATEGORY_AUDIO, narrow);
    const pin = StreamPin.open(filter, RENDER_PIN, STEREO_48);
    machine.setState(pin, PAUSE);
    expect(KSSTREAM_HEADER.layout(4).size).toBe(48);
    const sound = noise(STEREO_48, 2_400);
    const parts = [sound.subarray(0, 5_000), sound.subarray(5_000)].map((part) => {
      const packet = pin.packet(part.length);
      machine.fill(packet, part);
      return soundAt(packet.dataAt, part.length);
    });
    const sent = sendHeaders(pin, 'write', parts);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(60));
    expect(sent.fate).toBe('SUCCESS');
    expect(machine.ear.heard().bytes.subarray(0, sound.length)).toEqual(sound);
  });
});

describe('allocator framing', () => {
  scenario(
    'is what the miniport wishes, and only a wish [WPC-ALF-001 WPC-ALF-002 WPC-ALF-003 WPC-ALF-004 PCL-KS-016]',
    (lab) => {
      const framing = {
        requirementsFlags: KSALLOCATOR_REQUIREMENTF.PREFERENCES_ONLY,
        poolType: 0,
        frames: 8,
        frameSize: 4_096,
        fileAlignment: 3,
        reserved: 0,
      };
      const machine = bootBusMaster(lab, { framing });
      const pin = machine.openPin();
      expect(machine.takeCalls().filter((call) => call === 'GetAllocatorFraming').length).toBe(1);
      expect(pin.allocatorFraming()).toEqual({
        RequirementsFlags: KSALLOCATOR_REQUIREMENTF.PREFERENCES_ONLY,
        PoolType: 0,
        Frames: 8,
        FrameSize: 4_096,
        FileAlignment: 3,
        Reserved: 0,
      });
      machine.setState(pin, PAUSE);
      const sound = noise(STEREO_48, 250);
      machine.write(pin, sound, 0, 1);
      machine.setState(pin, RUN);
      machine.lab.runFor(ms(10));
      expect(machine.ear.heard().bytes.subarray(0, sound.length)).toEqual(sound);
    },
  );

  scenario('of zeros is no wish at all: a loop is cut by its pages alone [PCL-KS-015]', (lab) => {
    const machine = bootBusMaster(lab, { isManual: true, framing: { frames: 0, frameSize: 0 } });
    const pin = machine.openLoop();
    machine.setState(pin, PAUSE);
    machine.write(pin, noise(STEREO_48, 1_024));
    machine.stream.get(0);
    expect(machine.stream.held[0]?.bytes).toBe(4_096);
  });
});
