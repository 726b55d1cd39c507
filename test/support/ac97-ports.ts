/**
 * One render stream on any port of the AC'97 driver, in a scenario's own hands: the same sound, states
 * and positions, whether it lies in a cyclic buffer or in packets. An ear hears from the start.
 */
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import type { Ac97PortName } from '../../src/drivers/ac97/index.ts';
import type { KSSTATE } from '../../src/standards/ks/requests.ts';
import type { EarRecorder } from '../../src/testing/index.ts';
import { PacketBench, RENDER_PIN } from './ac97-machine.ts';
import { type BackendMachine, earOf } from './backends.ts';

export const AC97_PORTS: readonly Ac97PortName[] = ['wavert', 'wavepci', 'wavecyclic'];
/** A sound fills the cyclic buffer, or ten packets. */
export const SOUND_FRAMES = 4_800;
const SOUND_MS = 100;
const PACKETS = 10;
const FRAME_BYTES = 4;

export interface PortStream {
  readonly machine: BackendMachine;
  readonly ear: EarRecorder;
  /** When the stream went to RUN last. */
  readonly runNs: number;
  /** Packets that the port has. */
  readonly underWay: number;
  /** Puts `SOUND_FRAMES` where the stream begins. */
  send(sound: Uint8Array): void;
  states(...states: readonly KSSTATE[]): void;
  /** Lets time pass until so long after RUN. */
  runTo(elapsedNs: number): void;
  /** Frames of the sound at the DAC, as the pin tells. */
  playedFrames(): number;
  close(): void;
}

export function openPort(
  machine: BackendMachine,
  port: Ac97PortName,
  ear: EarRecorder = earOf(machine),
): PortStream {
  return port === 'wavert' ? new CyclicStream(machine, ear) : new PacketStream(machine, ear);
}

class CyclicStream implements PortStream {
  readonly machine: BackendMachine;
  readonly ear: EarRecorder;
  readonly underWay = 0;
  runNs = 0;
  readonly #render;

  constructor(machine: BackendMachine, ear: EarRecorder) {
    this.machine = machine;
    this.ear = ear;
    this.#render = machine.openRender({ bufferMs: SOUND_MS });
  }

  send(sound: Uint8Array): void {
    this.#render.write(sound);
  }

  states(...states: readonly KSSTATE[]): void {
    const { pin } = this.#render;
    for (const state of states) pin.check(`state ${state}`, pin.setState(state));
    this.runNs = this.machine.machine.now;
  }

  runTo(elapsedNs: number): void {
    this.machine.runFor(this.runNs + elapsedNs - this.machine.machine.now);
  }

  playedFrames(): number {
    const { pin } = this.#render;
    pin.check('POSITION', pin.readPosition());
    return pin.playOffset / FRAME_BYTES;
  }

  close(): void {
    this.#render.close();
  }
}

class PacketStream implements PortStream {
  readonly machine: BackendMachine;
  readonly ear: EarRecorder;
  readonly #bench: PacketBench<BackendMachine['device']>;
  readonly #packets: StreamPacket[] = [];

  constructor(machine: BackendMachine, ear: EarRecorder) {
    this.machine = machine;
    this.ear = ear;
    this.#bench = new PacketBench(machine, RENDER_PIN);
  }

  get runNs(): number {
    return this.#bench.runNs;
  }

  get underWay(): number {
    return this.#packets.filter(({ isSent }) => isSent).length;
  }

  send(sound: Uint8Array): void {
    const bytes = sound.length / PACKETS;
    for (let at = 0; at < sound.length; at += bytes) {
      this.#packets.push(this.#bench.write(sound.subarray(at, at + bytes)));
    }
  }

  states(...states: readonly KSSTATE[]): void {
    this.#bench.states(...states);
  }

  runTo(elapsedNs: number): void {
    this.#bench.runTo(elapsedNs);
  }

  playedFrames(): number {
    return this.#bench.playedFrames();
  }

  close(): void {
    this.#bench.close();
  }
}
