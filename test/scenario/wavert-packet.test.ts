/** The packet properties of a WaveRT pin: which streams answer them, and how what they say travels. */
import { expect } from 'vitest';
import { defined } from '../../src/base/assert.ts';
import type { KsPin } from '../../src/client/ks-pin.ts';
import { MmWriteCombined } from '../../src/portcls/ddi/index.ts';
import { KSPROPSETID_RTAudio } from '../../src/standards/ks/guids.ts';
import {
  KSPIN_DATAFLOW,
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSRTAUDIO_GETREADPACKET_INFO,
  KSRTAUDIO_PACKETVREGISTER_PROPERTY,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../src/standards/ks/stream-packets.ts';
import {
  STATUS_BUFFER_TOO_SMALL,
  STATUS_DATA_LATE_ERROR,
  STATUS_DATA_OVERRUN,
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { openMdl } from '../support/hda-machine.ts';
import { type PlainAnswers, plainDescriptor, plainRenderPin } from '../support/plain-driver.ts';
import { ANY_BYTES, bootPlain, type PlainMachine } from '../support/plain-machine.ts';
import { type FullStream, offering, type StreamAnswers } from '../support/plain-streams.ts';

const { ENDOFSTREAM, SPLICEPOINT } = KSSTREAM_HEADER_OPTIONSF;
const { GETREADPACKET, PACKETCOUNT, PACKETVREGISTER, PRESENTATION_POSITION, SETWRITEPACKET } =
  KSPROPERTY_RTAUDIO;
const PACKET_BYTES = ANY_BYTES / 2;

const capturing: PlainAnswers = {
  descriptor: {
    ...plainDescriptor,
    pins: [{ ...plainRenderPin, dataFlow: KSPIN_DATAFLOW.OUT }, ...plainDescriptor.pins.slice(1)],
    connections: [],
  },
};

const bootRender = (lab: Lab, answers: StreamAnswers = {}): PlainMachine =>
  bootPlain(lab, offering(['notification', 'output'], answers));
const bootCapture = (lab: Lab, answers: StreamAnswers = {}): PlainMachine =>
  bootPlain(lab, { ...capturing, ...offering(['notification', 'input'], answers) });

function openPackets(machine: PlainMachine): KsPin {
  const pin = machine.openPin();
  pin.check('BUFFER', pin.tryAllocateBufferWithNotification(ANY_BYTES, 2).status);
  return pin;
}

/** Statuses of the four properties, in the order of the slots. */
const statuses = (pin: KsPin): number[] => [
  pin.setWritePacket(0, 0, 0),
  pin.tryPresentationPosition().status,
  pin.tryPacketCount().status,
  pin.tryReadPacket().status,
];
const NONE = [STATUS_NOT_SUPPORTED, STATUS_NOT_SUPPORTED, STATUS_NOT_SUPPORTED];

scenario('each property is there where its interface is [WRT-PKT-003]', (lab) => {
  expect(statuses(openPackets(bootPlain(lab, offering(['notification']))))).toEqual([
    ...NONE,
    STATUS_NOT_SUPPORTED,
  ]);
  const render = bootRender(lab);
  expect(statuses(openPackets(render))).toEqual([
    STATUS_SUCCESS,
    STATUS_SUCCESS,
    STATUS_SUCCESS,
    STATUS_NOT_SUPPORTED,
  ]);
  expect(render.takeCalls().slice(-3)).toEqual([
    'SetWritePacket 0 0 0',
    'GetOutputStreamPresentationPosition',
    'GetPacketCount',
  ]);
  const capture = bootCapture(lab);
  expect(statuses(openPackets(capture))).toEqual([...NONE, STATUS_SUCCESS]);
  expect(capture.takeCalls().at(-1)).toBe('GetReadPacket');
});

scenario(
  'an interface of the other direction is ignored and noted [WRT-PKT-001 WRT-PKT-002]',
  (lab) => {
    const all = offering(['notification', 'input', 'output']);
    const render = bootPlain(lab, all);
    render.lab.expectFinding(/a render stream offers IMiniportWaveRTInputStream/);
    expect(statuses(openPackets(render)).at(-1)).toBe(STATUS_NOT_SUPPORTED);
    const capture = bootPlain(lab, { ...capturing, ...all });
    capture.lab.expectFinding(/a capture stream offers IMiniportWaveRTOutputStream/);
    expect(statuses(openPackets(capture)).slice(0, 3)).toEqual(NONE);
    expect(render.stream.references).toBe(3);
  },
);

scenario('packets need a buffer that notifies [WRT-PKT-004]', (lab) => {
  for (const machine of [bootRender(lab), bootCapture(lab)]) {
    const pin = machine.openPin();
    machine.takeCalls();
    expect(statuses(pin)).toEqual([...NONE, STATUS_NOT_SUPPORTED]);
    pin.check('BUFFER', pin.tryAllocateBuffer(ANY_BYTES).status);
    machine.takeCalls();
    expect(statuses(pin)).toEqual([...NONE, STATUS_NOT_SUPPORTED]);
    expect(machine.takeCalls()).toEqual([]);
  }
});

scenario('a captured packet travels whole [WRT-PKT-005]', (lab) => {
  const machine = bootCapture(lab, {
    read: ({ packetNumber, flags, performanceCounter, moreData }) => {
      packetNumber.value = 0xfffffffe;
      flags.value = 0;
      performanceCounter.value = 2 ** 40 + 5;
      moreData.value = true;
      return STATUS_SUCCESS;
    },
  });
  const pin = openPackets(machine);
  const { size } = KSRTAUDIO_GETREADPACKET_INFO;
  expect(pin.get(KSPROPSETID_RTAudio, GETREADPACKET, size - 1)).toBe(STATUS_BUFFER_TOO_SMALL);
  expect(pin.set(KSPROPSETID_RTAudio, GETREADPACKET, size)).toBe(STATUS_INVALID_DEVICE_REQUEST);
  expect(machine.takeCalls().at(-1)).not.toBe('GetReadPacket');
  expect({ ...pin.tryReadPacket() }).toEqual({
    status: STATUS_SUCCESS,
    packetNumber: 0xfffffffe,
    flags: 0,
    performanceCounter: 2 ** 40 + 5,
    moreData: true,
  });
  expect(pin.home.process.bytesReturned).toBe(size);
});

scenario('a packet to write travels whole, and is set only [WRT-PKT-014]', (lab) => {
  const machine = bootRender(lab);
  const pin = openPackets(machine);
  machine.takeCalls();
  expect(pin.get(KSPROPSETID_RTAudio, SETWRITEPACKET, 12)).toBe(STATUS_INVALID_DEVICE_REQUEST);
  expect(pin.set(KSPROPSETID_RTAudio, SETWRITEPACKET, 11)).toBe(STATUS_BUFFER_TOO_SMALL);
  expect(machine.takeCalls()).toEqual([]);
  expect(pin.setWritePacket(0xfffffffe, ENDOFSTREAM, 17)).toBe(STATUS_SUCCESS);
  expect(machine.takeCalls()).toEqual([`SetWritePacket ${0xfffffffe} 512 17`]);
});

scenario('what the miniport answers to a packet reaches the client', (lab) => {
  for (const status of [
    STATUS_DATA_LATE_ERROR,
    STATUS_DATA_OVERRUN,
    STATUS_INVALID_DEVICE_STATE,
    STATUS_INVALID_PARAMETER,
  ]) {
    const answers = { write: () => status, count: () => status, presented: () => status };
    expect(statuses(openPackets(bootRender(lab, answers))).slice(0, 3)).toEqual([
      status,
      status,
      status,
    ]);
  }
  const idle = openPackets(bootCapture(lab, { read: () => STATUS_DEVICE_NOT_READY }));
  expect(idle.tryReadPacket().status).toBe(STATUS_DEVICE_NOT_READY);
});

scenario('count and position are what the miniport says [WRT-PKT-021 WRT-PKT-024]', (lab) => {
  const machine = bootRender(lab, {
    count: (count) => {
      count.value = 7;
      return STATUS_SUCCESS;
    },
    presented: (position) => {
      position.positionInBlocks = 2 ** 33 + 3;
      position.qpcPosition = 2 ** 44 + 1;
      return STATUS_SUCCESS;
    },
  });
  const pin = openPackets(machine);
  pin.setState(KSSTATE.RUN);
  expect({ ...pin.tryPacketCount() }).toEqual({ status: STATUS_SUCCESS, count: 7 });
  expect(pin.bytesReturned).toBe(4);
  expect({ ...pin.tryPresentationPosition() }).toEqual({
    status: STATUS_SUCCESS,
    positionInBlocks: 2 ** 33 + 3,
    qpcPosition: 2 ** 44 + 1,
  });
  expect(pin.bytesReturned).toBe(16);
  expect(pin.get(KSPROPSETID_RTAudio, PACKETCOUNT, 3)).toBe(STATUS_BUFFER_TOO_SMALL);
  expect(pin.get(KSPROPSETID_RTAudio, PRESENTATION_POSITION, 15)).toBe(STATUS_BUFFER_TOO_SMALL);
  expect(pin.set(KSPROPSETID_RTAudio, PACKETCOUNT, 4)).toBe(STATUS_INVALID_DEVICE_REQUEST);
});

scenario('registers of packets belong to another framework [WRT-PKT-026]', (lab) => {
  for (const machine of [bootRender(lab), bootCapture(lab)]) {
    const pin = openPackets(machine);
    const asked = KSRTAUDIO_PACKETVREGISTER_PROPERTY.size;
    expect(pin.get(KSPROPSETID_RTAudio, PACKETVREGISTER, 24, asked)).toBe(STATUS_NOT_SUPPORTED);
    pin.identify(KSPROPSETID_RTAudio, PACKETVREGISTER, KSPROPERTY_TYPE_BASICSUPPORT);
    expect(pin.send(asked, 4)).toBe(STATUS_NOT_SUPPORTED);
  }
});

scenario(
  'the call for a packet frees those before, for a burst and its event [WRT-PKT-011]',
  (lab) => {
    let machine: PlainMachine | null = null;
    let halves: readonly Uint8Array[] = [];
    let read = 0;
    const burst = (packet: number): void => {
      halves[packet % 2]?.fill(packet + 1);
      const { driver, stream } = defined(machine, 'machine');
      for (const event of (stream as FullStream).events) driver.wdk.KeSetEvent(event);
    };
    machine = bootCapture(lab, {
      read: ({ packetNumber }) => {
        packetNumber.value = read++;
        burst(read);
        return STATUS_SUCCESS;
      },
    });
    const pin = machine.openPin();
    const { buffer } = pin.tryAllocateBufferWithNotification(ANY_BYTES, 2);
    const at = defined(buffer, 'buffer').address;
    const { bytes } = machine.kernel.ram;
    halves = [0, 1].map((half) => {
      return bytes.subarray(at + half * PACKET_BYTES, at + (half + 1) * PACKET_BYTES);
    });
    const { process } = machine.lab.client;
    const handle = process.createEvent('synchronization');
    pin.check('REGISTER', pin.registerNotificationEvent(handle));
    const event = defined(process.event(handle), 'event');
    pin.setState(KSSTATE.RUN);
    burst(0);
    const startNs = machine.lab.machine.now;
    for (let packet = 0; packet < 6; packet++) {
      expect(event.isSet, `packet ${packet}`).toBe(true);
      event.clear();
      expect(pin.tryReadPacket()).toMatchObject({ status: STATUS_SUCCESS, packetNumber: packet });
      const [own, other] = packet % 2 === 0 ? halves : [...halves].reverse();
      // What was just handed out stays; the packet before it is gone, and the next is here.
      expect(own?.every((byte) => byte === packet + 1)).toBe(true);
      expect(other?.every((byte) => byte === packet + 2)).toBe(true);
    }
    expect(machine.lab.machine.now).toBe(startNs);
    pin.setState(KSSTATE.STOP);
    pin.check('UNREGISTER', pin.unregisterNotificationEvent(handle));
    process.closeHandle(handle);
  },
);

/** One packet after another, as `numbers` say, with the flags and the promise given. */
function readAll(machine: PlainMachine, count: number): void {
  const pin = openPackets(machine);
  pin.setState(KSSTATE.RUN);
  for (let packet = 0; packet < count; packet++) pin.tryReadPacket();
}

scenario('a capture stream that counts backwards is noted, once', (lab) => {
  const numbers = [0, 1, 1, 0];
  const machine = bootCapture(lab, {
    read: (outs) => {
      outs.packetNumber.value = numbers.shift() ?? 0;
      return STATUS_SUCCESS;
    },
  });
  machine.lab.expectFinding(/GetReadPacket: packet 1 after 1/);
  readAll(machine, 4);
});

scenario('numbers that skip, and start again after STOP, are well', (lab) => {
  const numbers = [0, 5, 6, 0, 1];
  const machine = bootCapture(lab, {
    read: (outs) => {
      outs.packetNumber.value = numbers.shift() ?? 0;
      return STATUS_SUCCESS;
    },
  });
  const pin = openPackets(machine);
  const read: number[] = [];
  for (const times of [3, 2]) {
    pin.setState(KSSTATE.RUN);
    for (let packet = 0; packet < times; packet++) read.push(pin.tryReadPacket().packetNumber);
    pin.setState(KSSTATE.STOP);
  }
  expect(read).toEqual([0, 5, 6, 0, 1]);
});

scenario('flags of a captured packet, and a broken promise, are noted', (lab) => {
  let calls = 0;
  const machine = bootCapture(lab, {
    read: (outs) => {
      outs.flags.value = 0x200;
      outs.moreData.value = true;
      calls++;
      return calls === 1 ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
    },
  });
  machine.lab.expectFinding(/GetReadPacket: Flags 512, where it is 0/);
  machine.lab.expectFinding(/GetReadPacket: MoreData, and then no packet/);
  readAll(machine, 3);
  expect(machine.lab.findings).toHaveLength(2);
});

scenario('what a render stream must not accept is noted', (lab) => {
  let counted = 0;
  const machine = bootRender(lab, {
    count: (count) => {
      count.value = counted;
      return STATUS_SUCCESS;
    },
  });
  const pin = openPackets(machine);
  pin.setState(KSSTATE.RUN);
  counted = 5;
  pin.tryPacketCount();
  pin.setWritePacket(6, 0, 0);
  pin.setWritePacket(7, 0, PACKET_BYTES + 1);
  expect(machine.lab.findings).toEqual([]);
  pin.setWritePacket(4, 0, 0);
  pin.setWritePacket(8, SPLICEPOINT, 0);
  pin.setWritePacket(9, ENDOFSTREAM, PACKET_BYTES);
  pin.setWritePacket(10, ENDOFSTREAM, PACKET_BYTES + 1);
  counted = 4;
  pin.tryPacketCount();
  pin.setState(KSSTATE.STOP);
  pin.tryPacketCount();
  for (const expected of [
    /^SetWritePacket accepted 4 after 5 packets/,
    /^SetWritePacket accepted the flags 0x1/,
    /^SetWritePacket accepted a packet behind the last/,
    /^SetWritePacket accepted 1921 bytes in 1920/,
    /^GetPacketCount: 5, then 4/,
    /^GetPacketCount: 4 in STOP, where it is 0/,
  ]) {
    machine.lab.expectFinding(expected);
  }
  expect(machine.lab.findings).toHaveLength(6);
});

scenario('STOP forgets the end of the stream and the count', (lab) => {
  const machine = bootRender(lab);
  const pin = openPackets(machine);
  for (let times = 0; times < 2; times++) {
    pin.setState(KSSTATE.RUN);
    expect(pin.setWritePacket(0, ENDOFSTREAM, 0)).toBe(STATUS_SUCCESS);
    pin.setState(KSSTATE.STOP);
    pin.tryPacketCount();
  }
  expect(machine.lab.findings).toEqual([]);
});

scenario(
  'the buffer may be mapped for silence with the last packet, and not after [WRT-MDL-024]',
  (lab) => {
    const touch = (): void => {
      const mdl = openMdl(machine.lab.machine);
      const { portStream } = machine.stream;
      const base = portStream.mapAllocatedPages(mdl, MmWriteCombined);
      if (base !== null) portStream.unmapAllocatedPages(base, mdl);
    };
    const machine: PlainMachine = bootRender(lab, {
      write: () => {
        touch();
        return STATUS_SUCCESS;
      },
    });
    const pin = openPackets(machine);
    expect(pin.setWritePacket(0, ENDOFSTREAM, 8)).toBe(STATUS_SUCCESS);
    expect(machine.lab.findings).toEqual([]);
    touch();
    machine.lab.expectFinding(/MapAllocatedPages on the audio buffer/);
  },
);

scenario('numbers and counts are 32 bits wide, and go round', (lab) => {
  const LAST = 0xffff_ffff;
  let next = LAST;
  const capture = bootCapture(lab, {
    read: ({ packetNumber }) => {
      packetNumber.value = next;
      return STATUS_SUCCESS;
    },
  });
  const captured = openPackets(capture);
  const render = bootRender(lab, {
    count: (count) => {
      count.value = next;
      return STATUS_SUCCESS;
    },
  });
  const rendered = openPackets(render);
  for (const pin of [captured, rendered]) pin.setState(KSSTATE.RUN);
  for (next of [LAST, 0, 1]) {
    expect(captured.tryReadPacket().packetNumber).toBe(next);
    expect(rendered.tryPacketCount().count).toBe(next);
    expect(rendered.setWritePacket((next + 1) % 2 ** 32, 0, 0)).toBe(STATUS_SUCCESS);
  }
});
