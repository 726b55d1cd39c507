/** What WavePci miniports may do by themselves: small devices, formats, pin counts, book-keeping. */
import { expect } from 'vitest';
import { ms, virtual } from '../../src/base/brand.ts';
import { Out } from '../../src/base/out.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import { GENERIC_WRITE } from '../../src/kernel/io/io-codes.ts';
import { writePinName } from '../../src/ks/pin-connect.ts';
import type { IDmaChannel } from '../../src/portcls/ddi/index.ts';
import {
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
  KSINTERFACESETID_Standard,
  KSMEDIUMSETID_Standard,
} from '../../src/standards/ks/guids.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { KSDATAFORMAT_DSOUND } from '../../src/standards/ks/stream-packets.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { EarRecorder, noise, scenario } from '../../src/testing/index.ts';
import { busMasterDescriptor } from '../support/bus-master-driver.ts';
import { type BusMasterMachine, bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';
import { BusMasterStream, type HeldMapping } from '../support/bus-master-stream.ts';
import { sendHeaders, soundAt } from '../support/stream-requests.ts';

const { PAUSE, RUN } = KSSTATE;
const PAGE = 4096;
const BYTES_PER_MS = 192;

const BLOCKS = 4;

/** A stream for a device with four descriptors of a page each: it cuts what is longer. */
class SmallBlockStream extends BusMasterStream {
  readonly #rest: { address: number; bytes: number; endsMapping: boolean }[] = [];
  readonly #ends: boolean[] = [];
  #seen = 0;

  /** What the engine may not get whole waits here. */
  protected override program({ address, bytes }: HeldMapping): void {
    for (let at = 0; at < bytes; at += PAGE) {
      const part = Math.min(PAGE, bytes - at);
      this.#rest.push({ address: address + at, bytes: part, endsMapping: at + part === bytes });
    }
    this.#feed();
  }

  #feed(): void {
    while (this.engine.queue.length < BLOCKS && this.#rest.length > 0) {
      const next = this.#rest.shift();
      if (next === undefined) return;
      this.#ends.push(next.endsMapping);
      this.engine.push(next.address, next.bytes, true);
    }
  }

  override releaseDone(): void {
    this.engine.settle();
    for (; this.#seen < this.engine.doneCount; this.#seen++) {
      if (this.#ends.shift() !== true) continue;
      const mapping = this.held.shift();
      if (mapping !== undefined) this.portStream.releaseMapping(mapping.tag);
    }
    this.#feed();
  }
}

scenario(
  'mappings of 16 pages are played by a device of four one-page descriptors [WPC-MAP-010]',
  (lab) => {
    const machine = bootBusMaster(lab, {
      makeStream: (...args) => new SmallBlockStream(...args),
      depth: 2,
    });
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const { memory } = machine.kernel;
    const sound = noise(STEREO_48, (40 * PAGE) / 4);
    const at = memory.MmAllocateContiguousMemorySpecifyCache(sound.length, 0, 2 ** 52 - 1, 0, 1);
    if (at === null) throw new Error('no contiguous memory');
    memory.ram.bytes.set(sound, at);
    const half = sound.length / 2;
    const sent = [at, virtual(at + half)].map((place) =>
      sendHeaders(pin, 'write', [soundAt(place, half)]),
    );
    machine.setState(pin, RUN);
    expect(machine.stream.held.map(({ bytes }) => bytes / PAGE)).toEqual([16, 4]);
    machine.lab.runFor(ms(900));
    expect(machine.ear.heard().bytes.subarray(0, sound.length)).toEqual(sound);
    expect(sent.map(({ fate }) => fate)).toEqual(['SUCCESS', 'SUCCESS']);
    memory.MmFreeContiguousMemorySpecifyCache(at, sound.length, 1);
  },
);

scenario(
  'what is queued ahead of the DAC is what the port counts, to the byte [WPC-LAT-002]',
  (lab) => {
    const machine = bootBusMaster(lab, { interrupts: 'each' });
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    for (const seed of [1, 2, 3]) machine.write(pin, noise(STEREO_48, 480, seed));
    machine.setState(pin, RUN);
    for (let step = 0; step < 9; step++) {
      machine.lab.runFor(ms(3));
      const { engine, held } = machine.stream;
      const open = held.reduce((sum, { bytes }) => sum + bytes, 0);
      const returned = machine.portStream.mappings.acquiredBytes - open;
      const queued = open - (engine.position - returned);
      pin.readPosition();
      expect(pin.writeOffset - pin.playOffset).toBe(queued);
      expect(queued).toBe(30 * BYTES_PER_MS - engine.position);
    }
  },
);

/** KsCreatePin with any bytes for a format. */
function connect(machine: BusMasterMachine, format: Uint8Array): NtStatus {
  const { process } = machine.filter.home;
  const name = writePinName(
    {
      interfaceSet: KSINTERFACESETID_Standard,
      interfaceId: 0,
      mediumSet: KSMEDIUMSETID_Standard,
      mediumId: 0,
      pinId: 0,
      pinToHandle: 0,
      format,
    },
    process.pointerBytes,
  );
  return process.createRelativeFile(machine.filter.handle, name, GENERIC_WRITE).status;
}

function dsoundFormat(formatSize: number): Uint8Array {
  const bytes = new Uint8Array(formatSize);
  const whole = new DataView(new ArrayBuffer(KSDATAFORMAT_DSOUND.size));
  KSDATAFORMAT_DSOUND.write(whole, 0, {
    FormatSize: formatSize,
    SampleSize: 4,
    MajorFormat: KSDATAFORMAT_TYPE_AUDIO,
    SubFormat: KSDATAFORMAT_SUBTYPE_PCM,
    Specifier: KSDATAFORMAT_SPECIFIER_DSOUND,
    wFormatTag: 1,
    nChannels: 2,
    nSamplesPerSec: 44_100,
    nAvgBytesPerSec: 176_400,
    nBlockAlign: 4,
    wBitsPerSample: 16,
  });
  bytes.set(new Uint8Array(whole.buffer).subarray(0, formatSize));
  return bytes;
}

scenario(
  'a DirectSound format is taken whole, and refused when it is cut short [WPC-NS-003]',
  (lab) => {
    const [first, ...rest] = busMasterDescriptor.pins;
    const range = first?.dataRanges[0];
    if (first === undefined || range === undefined) throw new Error('no pin');
    const dsound = { ...range, specifier: KSDATAFORMAT_SPECIFIER_DSOUND };
    const pins = [{ ...first, dataRanges: [dsound] }, ...rest];
    const machine = bootBusMaster(lab, { descriptor: { ...busMasterDescriptor, pins } });
    const whole = KSDATAFORMAT_DSOUND.size;
    expect(whole).toBe(90);
    for (const cut of [64, 72, whole - 4]) {
      expect(connect(machine, dsoundFormat(cut))).toBe(STATUS_NO_MATCH);
    }
    const missing = dsoundFormat(whole).subarray(0, whole - 10);
    expect(connect(machine, missing)).toBe(STATUS_INVALID_PARAMETER);
    expect(machine.takeCalls().some((call) => call.startsWith('NewStream'))).toBe(false);
    expect(connect(machine, dsoundFormat(whole))).toBe(STATUS_SUCCESS);
    expect(machine.stream.format.rateHz).toBe(44_100);
    expect(StreamPin.tryOpen(machine.filter, 0, STEREO_48).pin).toBe(null);
  },
);

scenario(
  'the flags of NewMasterDmaChannel are the adapter object’s [WPC-DMA-004 WPC-DMA-006]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const newChannel = (wide: boolean, ignores: boolean): IDmaChannel => {
      const out = new Out<IDmaChannel | null>(null);
      const rest = [0xffff_ffff, 0xffff_ffff, 4_096, 0] as const;
      machine.miniport.port?.newMasterDmaChannel(
        out,
        null,
        0,
        null,
        true,
        true,
        wide,
        ignores,
        ...rest,
      );
      if (out.value === null) throw new Error('no channel');
      return out.value;
    };
    for (const wide of [true, false]) {
      for (const ignores of [true, false]) {
        const channel = newChannel(wide, ignores);
        expect(channel.getAdapterObject().description).toMatchObject({
          master: true,
          scatterGather: true,
          dma32BitAddresses: true,
          dma64BitAddresses: wide,
          ignoreCount: ignores,
          maximumLength: 4_096,
        });
        channel.release();
      }
    }
    machine.lab.expectFinding(/WaveCyclic would copy/);
  },
);

scenario(
  'a heavy stream takes two of the possible instances, and gives them back [WPC-MIX-006]',
  (lab) => {
    // What the hardware mixes at once; the miniport's streams take it and give it back.
    let voices = 3;
    class HeavyStream extends BusMasterStream {
      override openEngine(): void {
        voices -= 2;
        super.openEngine();
      }

      protected override destroy(): void {
        voices += 2;
        super.destroy();
      }
    }
    const machine = bootBusMaster(lab, {
      possibleInstances: () => voices,
      makeStream: (...parts) => new HeavyStream(...parts),
    });
    const possible = (): number => machine.filter.pin(0).possibleInstances;
    expect(possible()).toBe(3);
    const pin = machine.openPin();
    expect(possible()).toBe(1);
    expect(StreamPin.tryOpen(machine.filter, 0, STEREO_48).status).toBe(
      STATUS_INSUFFICIENT_RESOURCES,
    );
    expect(voices).toBe(1);
    pin.close();
    expect(possible()).toBe(3);
  },
);

scenario('64 streams of one pin play at once, each heard bit for bit in its own ear', (lab) => {
  const voices = 64;
  const options = { possibleInstances: () => voices, interrupts: 'each' } as const;
  const machine = bootBusMaster(lab, options, { traits: { voices } });
  const sounds = machine.device.voices.map((_voice, index) => noise(STEREO_48, 960, index));
  const ears = machine.device.voices.map(({ speaker }) => {
    const ear = new EarRecorder();
    speaker.sink = ear;
    return ear;
  });
  const pins = sounds.map((sound) => {
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    for (const half of [sound.subarray(0, 1_500), sound.subarray(1_500)]) {
      machine.write(pin, half);
    }
    return pin;
  });
  for (const pin of pins) machine.setState(pin, RUN);
  machine.lab.runFor(ms(25));
  for (const [index, ear] of ears.entries()) {
    expect(ear.heard().bytes.subarray(0, 3_840)).toEqual(sounds[index]);
  }
});
