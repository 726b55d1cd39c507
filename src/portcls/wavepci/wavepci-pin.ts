/**
 * An open pin of a WavePci filter, and the one stream behind it. It takes the client's stream
 * requests, answers the connection and audio sets, walks the stream through its states, has it
 * served while it runs, and takes everything down when the handle closes, from whatever state.
 */
import { defined } from '../../base/assert.ts';
import type { Irp } from '../../kernel/io/irp.ts';
import type { Process } from '../../kernel/io/process.ts';
import type { EventList } from '../../ks/event-list.ts';
import type { EventTable } from '../../ks/event-table.ts';
import { PinState } from '../../ks/pin-state.ts';
import { PropertyTable } from '../../ks/property-table.ts';
import { type Trace, traceKind } from '../../sim/trace.ts';
import { KSFILTER_NODE, KSSTATE } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { changePinFormat, connectionPropertySet } from '../connection-properties.ts';
import type { IServiceGroup } from '../ddi/port.ts';
import type { IMiniportWavePciStream } from '../ddi/wavepci.ts';
import { DriverTables } from '../driver-tables.ts';
import type { FilterInstance } from '../filter-instance.ts';
import { GroupMember } from '../group-member.ts';
import type { KsFile } from '../ks-file.ts';
import type { PinFormat } from '../pin-format.ts';
import type { StreamCounts } from '../stream-counts.ts';
import { allocatorFrameBytes, allocatorFraming } from './allocator-framing.ts';
import type { MappingQueue } from './mapping-queue.ts';
import { PinEvents } from './pin-events.ts';
import type { PortWavePci } from './port-wavepci.ts';
import type { PortWavePciStream } from './port-wavepci-stream.ts';
import { audioPropertySet, PinPosition } from './position-properties.ts';
import { ServiceTimer } from './service-timer.ts';

const STATE = traceKind('pin state', 'pin:dec', 'state:dec', 'status:status');

/** No page says what becomes of a stream request in STOP, where a stream has no resources. */
export const STATUS_PACKET_IN_STOP = STATUS_INVALID_DEVICE_STATE;

/** What a pin is made of when NewStream has succeeded. */
export interface WavePciPinParts {
  readonly port: PortWavePci;
  readonly filter: FilterInstance;
  readonly pinId: number;
  /** The process that opened the pin; null for a kernel client. */
  readonly process: Process | null;
  readonly format: PinFormat;
  readonly isRender: boolean;
  /** Opened with KSINTERFACE_STANDARD_LOOPED_STREAMING. */
  readonly isLooped: boolean;
  readonly portStream: PortWavePciStream;
  /** The stream as NewStream returned it: what property handlers get. */
  readonly stream: IMiniportWavePciStream;
  readonly guardedStream: IMiniportWavePciStream;
  /** Who notifies the stream; null leaves it to the port's timer. */
  readonly group: IServiceGroup | null;
}

export class WavePciPin implements KsFile {
  readonly kind = 'pin';
  readonly parts: WavePciPinParts;
  readonly state: PinState;
  readonly position: PinPosition;
  /** No client of a WavePci stream sees the device's registers. */
  readonly registers = { isAnyMapped: false } as const;
  /** The state that the stream is in, which a client may not know that lost its device. */
  #entered: KSSTATE = KSSTATE.STOP;
  readonly #trace: Trace;
  readonly #driver: DriverTables;
  readonly #ownEvents: PinEvents;
  readonly #member: GroupMember | null;
  readonly #timer: ServiceTimer | null;
  /** What is left to ask when the device took filter and miniport with it. */
  readonly #ownTables: readonly PropertyTable[];
  readonly #tables: readonly PropertyTable[];

  constructor(parts: WavePciPinParts) {
    const { filter, group, guardedStream, pinId, port, stream } = parts;
    const { kernel, portClass } = port;
    this.parts = parts;
    this.#trace = kernel.trace;
    const serve = (): void => this.#serve();
    this.#member =
      group === null ? null : new GroupMember(portClass, group, 'WavePci stream sink', serve);
    this.#timer = group === null ? new ServiceTimer(kernel, serve) : null;
    this.mappings.connect(guardedStream, allocatorFrameBytes(guardedStream));
    this.state = new PinState((state) => this.#step(state));
    this.position = new PinPosition(this);
    this.#ownEvents = new PinEvents(this, port.settings.version !== 'vista');
    const own = new PropertyTable([
      connectionPropertySet(this, [allocatorFraming(guardedStream)]),
      audioPropertySet(this.position),
    ]);
    const pinDescriptor = defined(port.descriptor.pins[pinId], 'pin descriptor');
    this.#driver = new DriverTables(port, stream, pinDescriptor.automationTable, 'pin');
    const driver = this.#driver.properties;
    const filterTables = filter.tablesFor(KSFILTER_NODE);
    this.#ownTables = [own];
    this.#tables = driver === null ? [own, ...filterTables] : [own, driver, ...filterTables];
    portClass.openPins.add(this);
  }

  get mappings(): MappingQueue {
    return this.parts.portStream.mappings;
  }

  get counts(): StreamCounts {
    return this.mappings.counts;
  }

  get stream(): IMiniportWavePciStream {
    return this.parts.guardedStream;
  }

  /** What the pin does not answer, its filter may. */
  tablesFor(node: number): readonly PropertyTable[] {
    if (!this.parts.port.isBound) return this.#ownTables;
    return node === KSFILTER_NODE ? this.#tables : this.#driver.nodeProperties(node);
  }

  /** A pin keeps its stream, which steps down even when the device is gone. */
  get isBound(): boolean {
    return true;
  }

  get pinId(): number {
    return this.parts.pinId;
  }

  get events(): EventList {
    return this.parts.port.events.list;
  }

  eventTablesFor(node: number): readonly EventTable[] {
    const driver = this.#driver.eventsOf(node);
    return node === KSFILTER_NODE ? [this.#ownEvents.table, ...driver] : driver;
  }

  /** A packet's memory belongs to the process that opened the pin. */
  mayUse(irp: Irp): boolean {
    return irp.process === this.parts.process;
  }

  /** IOCTL_KS_WRITE_STREAM or IOCTL_KS_READ_STREAM. */
  streamRequest(irp: Irp): NtStatus {
    return this.mappings.submit(irp);
  }

  /** Whether the stream takes packets in its state. */
  admitPacket(): NtStatus {
    return this.#entered === KSSTATE.STOP ? STATUS_PACKET_IN_STOP : STATUS_SUCCESS;
  }

  /** A packet brought a new format instead of sound. */
  changeFormat(address: number, bytes: number): NtStatus {
    return changePinFormat(this, address, bytes);
  }

  endOfStream(): void {
    this.#ownEvents.endOfStream();
  }

  /** The last handle is gone, and requests may be under way still. */
  cleanup(): void {
    this.mappings.cancelAll();
  }

  close(): void {
    const { filter, format, pinId, port, portStream, stream } = this.parts;
    port.portClass.openPins.delete(this);
    this.state.fallToStop();
    // A miniport that failed to stop does not keep the client's memory either.
    this.#stop();
    this.mappings.close();
    this.#member?.leave();
    stream.release();
    portStream.release();
    format.free();
    filter.pinClosed(pinId);
  }

  /** The stream service routine, at DISPATCH_LEVEL. */
  #serve(): void {
    const isRunning = this.#entered === KSSTATE.RUN;
    if (isRunning || this.parts.port.settings.version === 'win2000') this.stream.service();
    this.#ownEvents.check();
  }

  /** One step to a neighbouring state. */
  #step(state: KSSTATE): NtStatus {
    const { pinId, port } = this.parts;
    const isDown = state < this.#entered;
    if (state === KSSTATE.STOP) this.mappings.closeCaptured();
    const status = this.stream.setState(state);
    this.#trace.write(STATE, pinId, state, status);
    if (ntSuccess(status)) this.#enter(state, isDown);
    else if (isDown) port.portClass.findings.report('SetState failed on the way down');
    return status;
  }

  #enter(state: KSSTATE, isDown: boolean): void {
    this.#entered = state;
    if (state === KSSTATE.RUN) {
      const { bytesPerSecond, frameBytes } = this.parts.format;
      this.mappings.run({ bytesPerSecond, frameBytes });
      this.#timer?.start();
    }
    if (state === KSSTATE.PAUSE && isDown) {
      this.mappings.pause();
      this.#timer?.stop();
      if (this.parts.port.settings.version !== 'win2000') this.#ownEvents.check();
      this.mappings.flushOnPause();
    }
    if (state === KSSTATE.STOP) this.#stop();
  }

  /** Mappings and packets go, and the stream's bytes count from 0 again. */
  #stop(): void {
    this.#timer?.stop();
    this.mappings.stop();
    this.position.reset();
    this.#ownEvents.reset();
  }
}
