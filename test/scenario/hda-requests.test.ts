/**
 * Requests thrown at a running stream: whatever KS refuses leaves it unharmed. The requests are
 * drawn from a fixed seed; what a client may rightly do to a stream, such as stop it, is left out.
 */
import { expect } from 'vitest';
import { virtual } from '../../src/base/brand.ts';
import { writeGuid } from '../../src/base/guid.ts';
import type { KsObject } from '../../src/client/ks-object.ts';
import { Random } from '../../src/sim/random.ts';
import {
  KSPROPSETID_Audio,
  KSPROPSETID_Connection,
  KSPROPSETID_Pin,
  KSPROPSETID_RTAudio,
  KSPROPSETID_Topology,
} from '../../src/standards/ks/guids.ts';
import {
  IOCTL_KS_DISABLE_EVENT,
  IOCTL_KS_ENABLE_EVENT,
  IOCTL_KS_METHOD,
  IOCTL_KS_PROPERTY,
  IOCTL_KS_READ_STREAM,
  IOCTL_KS_WRITE_STREAM,
  KSPROPERTY,
  KSPROPERTY_CONNECTION,
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
} from '../../src/standards/ks/requests.ts';
import { type NtStatus, ntSuccess } from '../../src/standards/nt/ntstatus.ts';
import { formatOf, scenario } from '../../src/testing/index.ts';
import { describeBackends } from '../support/backends.ts';
import { HdaStream, MS } from '../support/hda-machine.ts';

const SETS = [
  KSPROPSETID_Audio,
  KSPROPSETID_Connection,
  KSPROPSETID_Pin,
  KSPROPSETID_RTAudio,
  KSPROPSETID_Topology,
];
const FLAGS = [KSPROPERTY_TYPE_GET, KSPROPERTY_TYPE_SET, 0x200, 0x100, 3, 0, 0x1000_0001];
const CODES = [
  IOCTL_KS_PROPERTY,
  IOCTL_KS_METHOD,
  IOCTL_KS_ENABLE_EVENT,
  IOCTL_KS_DISABLE_EVENT,
  IOCTL_KS_WRITE_STREAM,
  IOCTL_KS_READ_STREAM,
];
const ROOM_BYTES = 256;
/** NULL, the null pages, kernel-only I/O space, and the end of what 32 bits reach. */
const WILD = [0, 8, 0x8000_0000, 0xfeb0_0000, 0xffff_fff8];
const SEED = 20_06;

/** Throws requests at files from random bytes, most of them shaped like a request. */
class Thrower {
  readonly random = new Random(SEED);
  refused = 0;
  taken = 0;

  throwAt(file: KsObject): NtStatus {
    const { process, ram } = file.home;
    const { random } = this;
    const input = process.alloc(ROOM_BYTES);
    const output = process.alloc(ROOM_BYTES);
    for (let at = 0; at < ROOM_BYTES; at++) {
      ram.bytes[input + at] = random.below(256);
      ram.bytes[output + at] = random.below(256);
    }
    if (random.below(8) > 0) this.#shape(file, input);
    const status = process.deviceIoControl(
      file.handle,
      random.below(4) > 0 ? IOCTL_KS_PROPERTY : this.#one(CODES),
      random.below(20) === 0 ? virtual(this.#one(WILD)) : input,
      this.#length(KSPROPERTY.size),
      random.below(20) === 0 ? virtual(this.#one(WILD)) : output,
      this.#length(0),
    );
    process.free(input);
    process.free(output);
    if (ntSuccess(status)) this.taken++;
    else this.refused++;
    return status;
  }

  /** A known set with a small id, and a verb. */
  #shape({ home }: KsObject, at: number): void {
    const { random } = this;
    const set = this.#one(SETS);
    const id = random.below(20);
    let flags = this.#one(FLAGS);
    // State and format are the client's to set, and a pin has one buffer: no harm to be shown.
    const isClientsOwn = set === KSPROPSETID_Connection && id <= KSPROPERTY_CONNECTION.DATAFORMAT;
    const isBuffer = set === KSPROPSETID_RTAudio && id === KSPROPERTY_RTAUDIO.BUFFER;
    if (isClientsOwn || isBuffer) flags = 0x200;
    writeGuid(home.ram.view, at, set);
    home.ram.view.setUint32(at + KSPROPERTY.offsets.Id, id, true);
    home.ram.view.setUint32(at + KSPROPERTY.offsets.Flags, flags, true);
    for (let word = KSPROPERTY.size; word < ROOM_BYTES; word += 4) {
      if (random.below(2) === 0) home.ram.view.setUint32(at + word, random.below(3), true);
    }
  }

  #length(least: number): number {
    const kind = this.random.below(10);
    if (kind === 0) return 0;
    if (kind === 1) return this.#one([0xffff_ffff, 0x7fff_ffff, 0x10_0001]);
    return kind < 4 ? this.random.below(ROOM_BYTES + 1) : least + this.random.below(12) * 4;
  }

  #one<T>(list: readonly T[]): T {
    return list[this.random.below(list.length)] as T;
  }
}

describeBackends('requests at a running stream', 'hda', (backend) => {
  scenario(`do it no harm, be they what they will (seed ${SEED})`, (lab) => {
    const machine = backend.boot(lab);
    const thrower = new Thrower();
    const rounds = 900 * backend.patience;
    const bufferMs = backend.bufferMs(10, 48_000);
    const stream = new HdaStream(machine, formatOf({}), { bufferMs, soundMs: rounds + 100 });
    machine.runFor(20 * MS);
    const stranger = machine.openFilter(undefined, machine.newClient('stranger'));
    const { kernel } = machine.machine;
    const before = kernel.outstanding().filter((fact) => !fact.startsWith('I/O mapping'));
    for (let round = 0; round < rounds; round++) {
      const files = [stream.pin, stream.filter, stranger];
      thrower.throwAt(files[round % 3] ?? stranger);
      machine.runFor(MS);
    }
    expect(thrower.refused).toBeGreaterThan(0.5 * rounds);
    expect(thrower.taken).toBeGreaterThan(0.03 * rounds);
    expect(stream.client.isDone).toBe(false);
    expect(kernel.outstanding().filter((fact) => !fact.startsWith('I/O mapping'))).toEqual(before);
    stream.playOut();
    expect(stream.ledger).toMatchObject({ glitches: [], isBitExact: true });
    stranger.close();
    expect(machine.findings).toEqual([]);
  });
});
