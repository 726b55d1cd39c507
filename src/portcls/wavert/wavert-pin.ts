/**
 * An open pin of a WaveRT filter, and the one stream behind it. It answers the connection, audio
 * and real-time sets, walks the stream through its states, and takes everything down when the
 * handle closes, from whatever state. While the stream runs it touches no sample.
 */

import { defined } from '../../base/assert.ts';
import type { VirtualAddress } from '../../base/brand.ts';
import type { Irp } from '../../kernel/io/irp.ts';
import type { Process } from '../../kernel/io/process.ts';
import { PinState } from '../../ks/pin-state.ts';
import { PropertyTable } from '../../ks/property-table.ts';
import { type Trace, traceKind } from '../../sim/trace.ts';
import { KSFILTER_NODE, KSSTATE } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_DEVICE_STATE,
} from '../../standards/nt/ntstatus.ts';
import { automationTable } from '../automation.ts';
import type { IMiniportWaveRTStream } from '../ddi/miniport.ts';
import type { FilterInstance } from '../filter-instance.ts';
import type { KsFile } from '../ks-file.ts';
import { connectionPropertySet } from './connection-properties.ts';
import { CyclicBuffer } from './cyclic-buffer.ts';
import { MappedRegisters } from './mapped-registers.ts';
import type { PortWaveRT } from './port-wavert.ts';
import type { PortWaveRtStream } from './port-wavert-stream.ts';
import { audioPropertySet } from './position-properties.ts';
import { rtAudioPropertySet } from './rtaudio-properties.ts';

const STATE = traceKind('pin state', 'pin:dec', 'state:dec', 'status:status');

export interface WaveRtPinParts {
  readonly port: PortWaveRT;
  readonly filter: FilterInstance;
  readonly pinId: number;
  /** The process that opened the pin; null for a kernel client. */
  readonly process: Process | null;
  /** The client's KSDATAFORMAT, in pool for as long as the pin is open. */
  readonly formatAt: VirtualAddress;
  readonly formatBytes: number;
  readonly freeFormat: () => void;
  /** The stream as NewStream returned it: what property handlers get. */
  readonly stream: IMiniportWaveRTStream;
  readonly guardedStream: IMiniportWaveRTStream;
  readonly portStream: PortWaveRtStream;
}

export class WaveRtPin implements KsFile {
  readonly kind = 'pin';
  readonly parts: WaveRtPinParts;
  readonly state: PinState;
  readonly buffer: CyclicBuffer;
  readonly registers: MappedRegisters;
  readonly #trace: Trace;
  readonly #tables: readonly PropertyTable[];

  constructor(parts: WaveRtPinParts) {
    this.parts = parts;
    this.#trace = parts.port.kernel.trace;
    this.state = new PinState((state) => this.#step(state));
    this.buffer = new CyclicBuffer(parts);
    this.registers = new MappedRegisters(parts);
    const own = new PropertyTable([
      connectionPropertySet(this),
      audioPropertySet(this),
      rtAudioPropertySet(this),
    ]);
    const targets = {
      majorTarget: parts.port.miniportUnknown,
      minorTarget: parts.stream,
    };
    const pinDescriptor = defined(parts.port.descriptor.pins[parts.pinId], 'pin descriptor');
    const driver = automationTable(pinDescriptor.automationTable, targets);
    const filterTables = parts.filter.tablesFor(KSFILTER_NODE);
    this.#tables = driver === null ? [own, ...filterTables] : [own, driver, ...filterTables];
  }

  get stream(): IMiniportWaveRTStream {
    return this.parts.guardedStream;
  }

  /** What the pin does not answer, its filter may: a filter's property sent to a pin is its filter's. */
  tablesFor(node: number): readonly PropertyTable[] {
    return node === KSFILTER_NODE ? this.#tables : this.parts.filter.tablesFor(node);
  }

  /** Mappings belong to the process that opened the pin; a handle given away is no use. */
  mayUse(irp: Irp): boolean {
    return irp.process === this.parts.process;
  }

  close(): void {
    const { filter, freeFormat, pinId, portStream, stream } = this.parts;
    this.state.walkTo(KSSTATE.STOP);
    this.registers.unmap();
    this.buffer.free();
    stream.release();
    portStream.close();
    freeFormat();
    filter.pinClosed(pinId);
  }

  /** One step to a neighbouring state. A stream without a buffer cannot run. */
  #step(state: KSSTATE): NtStatus {
    const status =
      state === KSSTATE.RUN && !this.buffer.isAllocated
        ? STATUS_INVALID_DEVICE_STATE
        : this.stream.setState(state);
    this.#trace.write(STATE, this.parts.pinId, state, status);
    if (!ntSuccess(status) && state < this.state.current) {
      this.parts.port.portClass.findings.report('SetState failed on the way down');
    }
    return status;
  }
}
