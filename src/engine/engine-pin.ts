/**
 * What the audio engine needs of a pin, whatever port driver is behind it: memory for a few
 * periods, a way to hear that one is over, states, and the counts of frames that the device has
 * moved. A WaveRT pin is cyclic-pin.ts; one that takes stream packets is packet-pin.ts.
 * Source: "Low Latency Audio", KSINTERFACE_STANDARD_STREAMING.
 */
import type { BufferView, HardwareLatency } from '../client/ks-pin.ts';
import type { Ram } from '../kernel/memory/ram.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';

/** What tells the client of a WaveRT pin that a period is over, the best first. */
export type StreamDrive = 'packets' | 'events' | 'timer';

/** The same of any pin: `irps` are stream packets, each of which comes back when it is over. */
export type PinDrive = StreamDrive | 'irps';

export interface EnginePinRequest {
  readonly symbolicLink: string;
  readonly pinId: number;
  readonly isRender: boolean;
  /** The pin's filter is no WaveRT filter; false if absent. */
  readonly takesPackets?: boolean;
  /** Packets that such a pin has under way at once; 3 if absent. */
  readonly packetCount?: number;
  readonly format: PcmFormat;
  readonly periodFrames: number;
  /** Periods in the cyclic buffer of a timer-driven stream; notifying ones have two. */
  readonly timerPeriods: number;
  /** The best drive to use of a WaveRT pin; the driver may offer less. */
  readonly drive: StreamDrive;
}

export interface EnginePin {
  readonly format: PcmFormat;
  readonly isRender: boolean;
  readonly drive: PinDrive;
  readonly frameBytes: number;
  /** Where the engine writes, or reads: `bufferFrames` frames that are gone round and round. */
  readonly buffer: BufferView;
  readonly bufferFrames: number;
  readonly periodFrames: number;
  /** Periods that lie ready right after a pass, so that the device never waits for one. */
  readonly leadPeriods: number;
  readonly latency: HardwareLatency;
  /** Frames in the controller's FIFO, and in it and the codec together, as the driver tells. */
  readonly fifoFrames: number;
  readonly heldFrames: number;
  /** Frames of silence behind the last sound after which that has left the endpoint. */
  readonly drainFrames: number;
  /** Time of the hardware between memory and endpoint, in 100 ns. */
  readonly hardwareDelay100ns: number;
  /** When the stream entered RUN; later by as long as the machine has slept since. */
  readonly runNs: number;
  /**
   * Frames by which the device was beyond `doneFrames` when that was called last; below 0 where a
   * port copies ahead of the device.
   */
  readonly undoneFrames: number;
  /** When to look at the position although no event came; left to the period if absent. */
  readonly nextPeriodNs?: number;
  /** The frame of the stream at which the device stood for `takeStarvedFrames`. */
  readonly starvedAtFrame: number;

  /** From now on the event behind `handle` is set at the end of each period. */
  notify(handle: number): void;
  /** Fills the buffer with silence: nothing of an earlier run is heard again. */
  silence(): void;
  /**
   * The n-th period of the stream lies in the buffer; nothing comes behind the last one. False
   * when the driver found it too late or too early, so that the packet count has to be asked.
   */
  packetWritten(packet: number, isLast?: boolean): boolean;
  /** @throws KsError when the device does not run */
  run(): void;
  /** The position freezes; `run` goes on from there. @throws KsError */
  pause(): void;
  /** The position is 0 again. A device that is gone has nothing to stop. */
  stop(): void;
  close(): void;
  /** Packets that the device is done with. @throws KsError */
  packetCount(): number;
  /**
   * Frames that may be written over, or that may be read. Asked once per wake-up, by whoever
   * serves the pin. @throws KsError
   */
  doneFrames(): number;
  /** Frames for which the device had nothing to play or nowhere to store, told once. */
  takeStarvedFrames(): number;
  /** Frames that the device has fetched or stored since position 0, as near as it tells. */
  movedFrames(): number;
  /** Frames that have left the endpoint since position 0. */
  heardFrames(): number;
}

const UNSIGNED_SILENCE = 0x80;

/** 8-bit samples are unsigned, and rest in the middle. */
export function fillSilence(ram: Ram, { containerBits }: PcmFormat, buffer: BufferView): void {
  const silentByte = containerBits === 8 ? UNSIGNED_SILENCE : 0;
  ram.bytes.fill(silentByte, buffer.address, buffer.address + buffer.actualBytes);
}
