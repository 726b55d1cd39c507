/**
 * A lab machine with the bus-master device and its WavePci driver, and short ways to what tests of
 * the WavePci port do with one: open a stream pin, send packets, look at the miniport's mappings.
 */
import type { KsFilter } from '../../src/client/ks-filter.ts';
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import type { DeviceSlot } from '../../src/hardware/device.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import type { MachineConfig } from '../../src/machine/machine.ts';
import { DdiGuard } from '../../src/portcls/ddi-guard.ts';
import type { PortWavePciStream } from '../../src/portcls/wavepci/port-wavepci-stream.ts';
import type { WavePciSettings } from '../../src/portcls/wavepci/settings.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import { KSINTERFACE_STANDARD, type KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_SUCCESS,
  statusName,
} from '../../src/standards/nt/ntstatus.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import { EarRecorder, formatOf, type Lab, type LabMachine } from '../../src/testing/index.ts';
import {
  type BusMasterDevice,
  type BusMasterTraits,
  busMasterDevice,
} from './bus-master-device.ts';
import {
  addBusMaster,
  type BusMasterMiniport,
  type BusMasterOptions,
  RENDER_PIN,
} from './bus-master-driver.ts';
import type { BusMasterStream } from './bus-master-stream.ts';
import { type PlainDriver, plainDriver } from './plain-driver.ts';
import type { Start } from './plain-filters.ts';
import type { DdiCall } from './plain-machine.ts';

export const STEREO_48: PcmFormat = formatOf({});

export type BusMasterExtras = Omit<MachineConfig<BusMasterDevice>, 'device' | 'driver'> & {
  readonly traits?: BusMasterTraits;
  readonly settings?: Partial<WavePciSettings>;
};

export class BusMasterMachine {
  readonly lab: LabMachine<BusMasterDevice>;
  readonly driver: PlainDriver;
  readonly miniport: BusMasterMiniport;
  readonly ear = new EarRecorder();
  #filter: KsFilter | null = null;

  constructor(lab: LabMachine<BusMasterDevice>, driver: PlainDriver, miniport: BusMasterMiniport) {
    this.lab = lab;
    this.driver = driver;
    this.miniport = miniport;
    lab.device.speaker.sink = this.ear;
  }

  get kernel(): Kernel {
    return this.lab.machine.kernel;
  }

  get device(): BusMasterDevice {
    return this.lab.device;
  }

  /** Names of what the port asked of the driver so far, forgotten when read. */
  takeCalls(): string[] {
    return this.driver.calls.splice(0);
  }

  get filter(): KsFilter {
    this.#filter ??= this.lab.openFilter(KSCATEGORY_AUDIO);
    return this.#filter;
  }

  openPin(pinId = RENDER_PIN, format: PcmFormat = STEREO_48, interfaceId?: number): StreamPin {
    return StreamPin.open(
      this.filter,
      pinId,
      format,
      interfaceId ?? KSINTERFACE_STANDARD.STREAMING,
    );
  }

  openLoop(pinId = RENDER_PIN, format: PcmFormat = STEREO_48): StreamPin {
    return this.openPin(pinId, format, KSINTERFACE_STANDARD.LOOPED_STREAMING);
  }

  /** The driver's side of the pin that was opened last. */
  get stream(): BusMasterStream {
    const stream = this.miniport.streams.at(-1);
    if (stream === undefined) throw new Error('no stream was opened');
    return stream;
  }

  /** The port's own side of that stream. */
  get portStream(): PortWavePciStream {
    return DdiGuard.target(this.stream.portStream) as PortWavePciStream;
  }

  /** A packet that lives as long as its process does. */
  packet(pin: StreamPin, bytes: number, offset = 0): StreamPacket {
    return pin.packet(bytes, null, offset);
  }

  /** Sends sound in one packet. */
  write(pin: StreamPin, sound: Uint8Array, options = 0, offset = 0): StreamPacket {
    const packet = this.packet(pin, sound.length, offset);
    this.fill(packet, sound);
    packet.write(sound.length, options);
    return packet;
  }

  fill(packet: StreamPacket, sound: Uint8Array, at = 0): void {
    this.kernel.ram.bytes.set(sound, packet.dataAt + at);
  }

  /** Sends an empty packet, poisoned so that it shows what was written to it. */
  read(pin: StreamPin, bytes: number, offset = 0): StreamPacket {
    const packet = this.packet(pin, bytes, offset);
    this.kernel.ram.bytes.fill(POISON, packet.dataAt, packet.dataAt + bytes);
    packet.read();
    return packet;
  }

  /** What lies in a packet. */
  bytesOf(packet: StreamPacket, bytes = packet.roomBytes): Uint8Array {
    return this.kernel.ram.bytes.slice(packet.dataAt, packet.dataAt + bytes);
  }

  /** How a packet stands: `pending`, or its status without the prefix. */
  fate(packet: StreamPacket): string {
    if (packet.isSent) return 'pending';
    return statusName(packet.request.status).replace(/^STATUS_/, '');
  }

  setState(pin: StreamPin, ...states: readonly KSSTATE[]): void {
    for (const state of states) pin.check(`state ${state}`, pin.setState(state));
  }

  /** Writes down every call across the DDI from now on. */
  spy(): DdiCall[] {
    const spied: DdiCall[] = [];
    this.lab.machine.portClass.guard.attach({
      entered: (slot, _target, args) => {
        const name = `${slot.interfaceName}.${slot.windowsName}`;
        spied.push({ name, args, irql: this.kernel.irql.current });
      },
      left: () => undefined,
    });
    return spied;
  }
}

export const POISON = 0xa5;

export function bootBusMaster(
  lab: Lab,
  options: BusMasterOptions = {},
  { settings, traits, ...extras }: BusMasterExtras = {},
  /** Runs in StartDevice behind the wave filter. */
  addMore: (driver: PlainDriver, start: Start) => NtStatus = () => STATUS_SUCCESS,
): BusMasterMachine {
  let miniport: BusMasterMiniport | null = null;
  let device: BusMasterDevice | null = null;
  const { driver, module } = plainDriver({
    startDevice: (plain, deviceObject, irp, list) => {
      if (device === null) throw new Error('no device');
      const start = { device: deviceObject, irp, list };
      const added = addBusMaster(plain, start, options, device);
      miniport = added.miniport;
      return ntSuccess(added.status) ? addMore(plain, start) : added.status;
    },
  });
  const built = lab.build({
    ...extras,
    ...(settings === undefined ? {} : { wavePci: settings }),
    device: (slot: DeviceSlot) => busMasterDevice(slot, traits),
    driver: module,
  });
  device = built.device;
  built.machine.loadDriver();
  built.machine.startDevice();
  if (miniport === null) throw new Error('no miniport');
  return new BusMasterMachine(built, driver(), miniport);
}
