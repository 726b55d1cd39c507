/**
 * The whole stack over AC'97 hardware of either backend: a machine whose volumes leave samples as
 * they are, and a pin of the WavePci or WaveCyclic port with packets in a scenario's own hands.
 */
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import type { Ac97PortName } from '../../src/drivers/ac97/index.ts';
import type { AudioDevice } from '../../src/machine/devices.ts';
import { turnVolume } from '../../src/machine/render-volume.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import { KSINTERFACE_STANDARD, type KSSTATE } from '../../src/standards/ks/requests.ts';
import { EarRecorder, formatOf, type Lab, type LabMachine } from '../../src/testing/index.ts';
import type { Backend, BackendExtras, BackendMachine } from './backends.ts';

export const MS = 1_000_000;
export const RENDER_PIN = 0;
export const CAPTURE_PIN = 2;
/** Frames of an output FIFO, which lie between memory and the DAC. */
export const FIFO_FRAMES = 16;
export const STEREO_48 = formatOf({});
/** What memory that a device is to write holds before. */
export const UNTOUCHED = 0xa5;

type PacketTaker = (packet: StreamPacket) => void;

/** A machine with the driver on that port; samples are heard as they are. */
export function bootAc97(
  lab: Lab,
  backend: Backend,
  port: Ac97PortName,
  extras: BackendExtras = {},
): BackendMachine {
  const machine = backend.boot(lab, { driver: backend.driverOf(port), ...extras });
  playAsSent(machine, backend);
  return machine;
}

/** Turns the volumes to where samples are heard as they are; a driver that starts turns them off. */
export function playAsSent({ machine }: BackendMachine, { kind }: Backend): void {
  if (kind.unityVolume !== undefined) turnVolume(machine, kind.unityVolume);
}

/** A pin of a port that takes packets; nothing happens that the scenario does not ask for. */
export class PacketBench<D extends AudioDevice = AudioDevice> {
  readonly machine: LabMachine<D>;
  readonly filter;
  readonly pin: StreamPin;
  readonly ear = new EarRecorder();
  /** When the stream went to RUN last. */
  runNs = 0;

  constructor(machine: LabMachine<D>, pinId: number, interfaceId?: number) {
    this.machine = machine;
    this.filter = machine.openFilter(KSCATEGORY_AUDIO);
    const kind = interfaceId ?? KSINTERFACE_STANDARD.STREAMING;
    this.pin = StreamPin.open(this.filter, pinId, STEREO_48, kind);
  }

  states(...states: readonly KSSTATE[]): void {
    for (const state of states) this.pin.check(`state ${state}`, this.pin.setState(state));
    this.runNs = this.machine.machine.now;
  }

  write(sound: Uint8Array, offset = 0): StreamPacket {
    const packet = this.pin.packet(sound.length, null, offset);
    this.machine.machine.kernel.ram.bytes.set(sound, packet.dataAt);
    packet.write(sound.length);
    return packet;
  }

  /** `taken` is called when the packet comes back. */
  read(bytes: number, offset = 0, taken: PacketTaker | null = null): StreamPacket {
    const packet = this.pin.packet(bytes, taken, offset);
    const { ram } = this.machine.machine.kernel;
    ram.bytes.fill(UNTOUCHED, packet.dataAt, packet.dataAt + bytes);
    packet.read();
    return packet;
  }

  bytesOf(packet: StreamPacket, bytes = packet.roomBytes): Uint8Array {
    return this.machine.machine.kernel.ram.bytes.slice(packet.dataAt, packet.dataAt + bytes);
  }

  /** The ear hears from now on. */
  listen(): void {
    this.machine.device.speaker.sink = this.ear;
  }

  /** Lets time pass until so long after RUN. */
  runTo(elapsedNs: number): void {
    this.machine.runFor(this.runNs + elapsedNs - this.machine.machine.now);
  }

  /** Frames of the stream at the DAC, as the pin tells. */
  playedFrames(): number {
    this.pin.check('POSITION', this.pin.readPosition());
    return this.pin.playOffset / this.pin.frameBytes;
  }

  close(): void {
    this.pin.close();
    this.filter.close();
  }
}
