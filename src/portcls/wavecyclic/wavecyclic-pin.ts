/**
 * An open pin of a WaveCyclic filter, and the one stream behind it. It takes the client's stream
 * requests, has them copied whenever the miniport notifies, answers the connection and audio sets,
 * walks the stream through its states, and takes everything down when the handle closes. Source:
 * IMiniportWaveCyclicStream, IPortWaveCyclic::Notify.
 */
import { defined } from '../../base/assert.ts';
import type { VirtualAddress } from '../../base/brand.ts';
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
import type { IDmaChannel } from '../ddi/dma-channel.ts';
import type { IServiceGroup } from '../ddi/port.ts';
import type { IMiniportWaveCyclicStream } from '../ddi/wavecyclic.ts';
import { DriverTables } from '../driver-tables.ts';
import type { FilterInstance } from '../filter-instance.ts';
import { GroupMember } from '../group-member.ts';
import type { KsFile } from '../ks-file.ts';
import type { PinFormat } from '../pin-format.ts';
import type { StreamCounts } from '../stream-counts.ts';
import { CaptureTransfer } from './capture-transfer.ts';
import type { CyclicBuffer } from './cyclic-buffer.ts';
import type { CyclicTransfer } from './cyclic-transfer.ts';
import { EndOfStreamEvents } from './end-of-stream-events.ts';
import { NotificationTimer } from './notification-timer.ts';
import { allocatorFraming, audioPropertySet } from './pin-properties.ts';
import type { PortWaveCyclic } from './port-wavecyclic.ts';
import { RenderTransfer } from './render-transfer.ts';

const STATE = traceKind('pin state', 'pin:dec', 'state:dec', 'status:status');

/** No page says what becomes of a stream request in STOP, where a stream has no resources. */
const STATUS_PACKET_IN_STOP = STATUS_INVALID_DEVICE_STATE;
/** No page forbids it; but the sound in the cyclic buffer is of the format it was opened with. */
const STATUS_FORMAT_IN_USE = STATUS_INVALID_DEVICE_STATE;

export interface WaveCyclicPinParts {
  readonly port: PortWaveCyclic;
  readonly filter: FilterInstance;
  readonly pinId: number;
  /** The process that opened the pin; null for a kernel client. */
  readonly process: Process | null;
  readonly format: PinFormat;
  readonly isRender: boolean;
  /** Opened with KSINTERFACE_STANDARD_LOOPED_STREAMING. */
  readonly isLooped: boolean;
  /** The stream as NewStream returned it: what property handlers get. */
  readonly stream: IMiniportWaveCyclicStream;
  readonly guardedStream: IMiniportWaveCyclicStream;
  readonly channel: IDmaChannel;
  readonly buffer: CyclicBuffer;
  /** Who notifies the stream; null leaves it to the port's timer. */
  readonly group: IServiceGroup | null;
}

export class WaveCyclicPin implements KsFile {
  readonly kind = 'pin';
  readonly parts: WaveCyclicPinParts;
  readonly state: PinState;
  /** No client of a WaveCyclic stream sees the device's registers. */
  readonly registers = { isAnyMapped: false } as const;
  /** The stream as property requests may change it. */
  readonly stream: { setFormat(dataFormat: VirtualAddress): NtStatus };
  readonly #transfer: CyclicTransfer;
  readonly #ends: EndOfStreamEvents;
  readonly #trace: Trace;
  readonly #driver: DriverTables;
  readonly #member: GroupMember | null;
  readonly #timer: NotificationTimer | null;
  /** Whoever holds what is heard against what was sent is told of silence between the two. */
  gapListener: ((frames: number) => void) | null = null;
  /** The same of a recording: how many frames were lost behind the first `atFrame` ones. */
  lossListener: ((atFrame: number, frames: number) => void) | null = null;
  /** The state that the stream is in, which a client may not know that lost its device. */
  #entered: KSSTATE = KSSTATE.STOP;
  /** What is left to ask when the device took filter and miniport with it. */
  readonly #ownTables: readonly PropertyTable[];
  readonly #tables: readonly PropertyTable[];

  constructor(parts: WaveCyclicPinParts) {
    const { buffer, filter, group, guardedStream, pinId, port, stream } = parts;
    const { kernel, portClass } = port;
    this.parts = parts;
    this.#trace = kernel.trace;
    this.stream = {
      setFormat: (dataFormat) =>
        this.#entered === KSSTATE.STOP ? guardedStream.setFormat(dataFormat) : STATUS_FORMAT_IN_USE,
    };
    this.#transfer = this.#makeTransfer();
    this.#ends = new EndOfStreamEvents(port.events.list);
    const serve = (): void => this.#serve();
    this.#member =
      group === null ? null : new GroupMember(portClass, group, 'WaveCyclic stream sink', serve);
    this.#timer = group === null ? new NotificationTimer(kernel, serve) : null;
    this.state = new PinState((state) => this.#step(state));
    const own = new PropertyTable([
      connectionPropertySet(this, [allocatorFraming(buffer)]),
      audioPropertySet(this.#transfer),
    ]);
    const pinDescriptor = defined(port.descriptor.pins[pinId], 'pin descriptor');
    this.#driver = new DriverTables(port, stream, pinDescriptor.automationTable, 'pin');
    const driver = this.#driver.properties;
    const filterTables = filter.tablesFor(KSFILTER_NODE);
    this.#ownTables = [own];
    this.#tables = driver === null ? [own, ...filterTables] : [own, driver, ...filterTables];
    portClass.openPins.add(this);
  }

  #makeTransfer(): CyclicTransfer {
    const { buffer, isLooped, isRender, port } = this.parts;
    const parts = {
      kernel: port.kernel,
      buffer,
      isRender,
      isLooped,
      report: (text: string) => port.portClass.findings.report(text),
      admit: () => (this.#entered === KSSTATE.STOP ? STATUS_PACKET_IN_STOP : STATUS_SUCCESS),
      changeFormat: (address: number, bytes: number) => changePinFormat(this, address, bytes),
      endOfStream: () => this.#ends.signal(),
      starved: (bytes: number) => this.gapListener?.(bytes / this.parts.format.frameBytes),
      lost: (copied: number, bytes: number) => {
        const { frameBytes } = this.parts.format;
        this.lossListener?.(copied / frameBytes, bytes / frameBytes);
      },
    };
    return isRender ? new RenderTransfer(parts) : new CaptureTransfer(parts);
  }

  get counts(): StreamCounts {
    return this.#transfer.counts;
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
    return node === KSFILTER_NODE ? [this.#ends.table, ...driver] : driver;
  }

  /** A packet's memory belongs to the process that opened the pin. */
  mayUse(irp: Irp): boolean {
    return irp.process === this.parts.process;
  }

  /** IOCTL_KS_WRITE_STREAM or IOCTL_KS_READ_STREAM. */
  streamRequest(irp: Irp): NtStatus {
    return this.#transfer.submit(irp);
  }

  /** The last handle is gone, and requests may be under way still. */
  cleanup(): void {
    this.#transfer.cancelAll();
  }

  close(): void {
    const { channel, filter, format, pinId, port, stream } = this.parts;
    port.portClass.openPins.delete(this);
    this.state.fallToStop();
    // A miniport that failed to stop does not keep the client's packets either.
    this.#timer?.stop();
    this.#transfer.stop();
    this.#member?.leave();
    stream.release();
    channel.release();
    format.free();
    filter.pinClosed(pinId);
  }

  /** A notification, at DISPATCH_LEVEL. One that comes late finds the stream at rest. */
  #serve(): void {
    if (this.#entered === KSSTATE.RUN) this.#transfer.serve();
  }

  /** One step to a neighbouring state. */
  #step(state: KSSTATE): NtStatus {
    const { guardedStream, pinId, port } = this.parts;
    const isDown = state < this.#entered;
    if (!isDown && state === KSSTATE.ACQUIRE && !this.#begin()) return STATUS_INVALID_DEVICE_STATE;
    // What there is of the sound lies ready when the device begins.
    if (state === KSSTATE.RUN) this.#transfer.serve();
    const status = guardedStream.setState(state);
    this.#trace.write(STATE, pinId, state, status);
    if (ntSuccess(status)) this.#enter(state, isDown);
    else if (isDown) port.portClass.findings.report('SetState failed on the way down');
    return status;
  }

  /** A new format may have changed the intervals since the stream stopped. */
  #begin(): boolean {
    const { buffer, format } = this.parts;
    const { bytesPerSecond, frameBytes } = format;
    if (!buffer.agree(frameBytes)) return false;
    this.#transfer.begin({ bytesPerSecond, frameBytes });
    return true;
  }

  #enter(state: KSSTATE, isDown: boolean): void {
    this.#entered = state;
    if (state === KSSTATE.RUN) {
      this.#transfer.started();
      this.#timer?.start();
    }
    if (state === KSSTATE.PAUSE && isDown) {
      this.#timer?.stop();
      this.#transfer.serve();
      this.#transfer.flushOnPause();
    }
    if (state === KSSTATE.STOP) this.#transfer.stop();
  }
}
