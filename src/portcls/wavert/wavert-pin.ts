/**
 * An open pin of a WaveRT filter, and the one stream behind it. It answers the connection, audio
 * and real-time sets, walks the stream through its states, and takes everything down when the
 * handle closes, from whatever state. While the stream runs it touches no sample.
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
} from '../../standards/nt/ntstatus.ts';
import { connectionPropertySet } from '../connection-properties.ts';
import type { IMiniportWaveRTStream } from '../ddi/miniport.ts';
import { DriverTables } from '../driver-tables.ts';
import type { FilterInstance } from '../filter-instance.ts';
import type { KsFile } from '../ks-file.ts';
import type { PinFormat } from '../pin-format.ts';
import { CyclicBuffer } from './cyclic-buffer.ts';
import { MappedRegisters } from './mapped-registers.ts';
import { NotificationEvents } from './notification-events.ts';
import { PacketWatch } from './packet-watch.ts';
import type { PortWaveRT } from './port-wavert.ts';
import type { PortWaveRtStream } from './port-wavert-stream.ts';
import { audioPropertySet } from './position-properties.ts';
import { PositionWatch } from './position-watch.ts';
import { rtAudioPropertySet } from './rtaudio-properties.ts';
import type { StreamInterfaces } from './stream-interfaces.ts';

const STATE = traceKind('pin state', 'pin:dec', 'state:dec', 'status:status');

export interface WaveRtPinParts {
  readonly port: PortWaveRT;
  readonly filter: FilterInstance;
  readonly pinId: number;
  /** The process that opened the pin; null for a kernel client. */
  readonly process: Process | null;
  readonly format: PinFormat;
  /** The stream as NewStream returned it: what property handlers get. */
  readonly stream: IMiniportWaveRTStream;
  readonly guardedStream: IMiniportWaveRTStream;
  /** What else the stream offers. */
  readonly interfaces: StreamInterfaces;
  readonly portStream: PortWaveRtStream;
}

export class WaveRtPin implements KsFile {
  readonly kind = 'pin';
  readonly parts: WaveRtPinParts;
  readonly state: PinState;
  readonly buffer: CyclicBuffer;
  readonly registers: MappedRegisters;
  readonly positionWatch: PositionWatch;
  readonly packetWatch: PacketWatch;
  /** Null where the stream cannot notify. */
  readonly notifications: NotificationEvents | null;
  readonly #trace: Trace;
  readonly #driver: DriverTables;
  /** What is left to ask when the device took filter and miniport with it. */
  readonly #ownTables: readonly PropertyTable[];
  readonly #tables: readonly PropertyTable[];

  constructor(parts: WaveRtPinParts) {
    this.parts = parts;
    this.#trace = parts.port.kernel.trace;
    this.state = new PinState((state) => this.#step(state));
    this.buffer = new CyclicBuffer(parts);
    this.registers = new MappedRegisters(parts);
    const { findings } = parts.port.portClass;
    this.positionWatch = new PositionWatch(findings);
    this.packetWatch = new PacketWatch(findings);
    const { notification } = parts.interfaces;
    this.notifications =
      notification === null
        ? null
        : new NotificationEvents(notification, this.buffer, parts.process, findings);
    const own = new PropertyTable([
      connectionPropertySet(this),
      audioPropertySet(this),
      rtAudioPropertySet(this),
    ]);
    const pinDescriptor = defined(parts.port.descriptor.pins[parts.pinId], 'pin descriptor');
    const table = pinDescriptor.automationTable;
    this.#driver = new DriverTables(parts.port, parts.stream, table, 'pin');
    const driver = this.#driver.properties;
    parts.port.portClass.openPins.add(this);
    const filterTables = parts.filter.tablesFor(KSFILTER_NODE);
    this.#ownTables = [own];
    this.#tables = driver === null ? [own, ...filterTables] : [own, driver, ...filterTables];
  }

  get stream(): IMiniportWaveRTStream {
    return this.parts.guardedStream;
  }

  /** What the pin does not answer, its filter may: a filter's property sent to a pin is its filter's. */
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
    return this.#driver.eventsOf(node);
  }

  /** Meanwhile the miniport may save and restore what the buffer holds. */
  changesPower(isChanging: boolean): void {
    this.parts.portStream.isChangingPower = isChanging;
  }

  /** Mappings belong to the process that opened the pin; a handle given away is no use. */
  mayUse(irp: Irp): boolean {
    return irp.process === this.parts.process;
  }

  close(): void {
    const { filter, format, interfaces, pinId, port, portStream, stream } = this.parts;
    port.portClass.openPins.delete(this);
    this.state.fallToStop();
    this.notifications?.unregisterAll(port.isBound);
    this.registers.unmap();
    this.buffer.free();
    interfaces.release();
    stream.release();
    portStream.close();
    format.free();
    filter.pinClosed(pinId);
  }

  /** One step to a neighbouring state. A stream without a buffer cannot run. */
  #step(state: KSSTATE): NtStatus {
    const { findings } = this.parts.port.portClass;
    const isReady = state !== KSSTATE.RUN || this.buffer.isAllocated;
    if (!isReady) findings.report('a client asked for RUN before the cyclic buffer');
    const status = isReady ? this.stream.setState(state) : STATUS_INVALID_DEVICE_STATE;
    this.#trace.write(STATE, this.parts.pinId, state, status);
    if (ntSuccess(status)) {
      this.positionWatch.stateEntered(state);
      this.packetWatch.stateEntered(state);
    } else if (state < this.state.current) {
      findings.report('SetState failed on the way down');
    }
    return status;
  }
}
