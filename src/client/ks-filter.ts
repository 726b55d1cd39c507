/**
 * An open filter, in a client's hands: what it tells of its pins and of its inside, and how a pin
 * is opened on it. Everything comes from property requests, nothing from behind the scenes.
 */
import { type Guid, readGuid } from '../base/guid.ts';
import { roundUp } from '../base/struct.ts';
import { GENERIC_READ, GENERIC_WRITE } from '../kernel/io/io-codes.ts';
import type { OpenResult } from '../kernel/io/process.ts';
import { dataRangeBytes, readDataRange, writeDataRange } from '../ks/data-range.ts';
import { writePinName } from '../ks/pin-connect.ts';
import type { DataRange, TopologyConnection } from '../standards/ks/descriptors.ts';
import {
  KSINTERFACESETID_Standard,
  KSMEDIUMSETID_Standard,
  KSPROPSETID_Pin,
  KSPROPSETID_Topology,
} from '../standards/ks/guids.ts';
import {
  KSINTERFACE_STANDARD,
  KSMULTIPLE_ITEM,
  KSP_PIN,
  KSPIN_CINSTANCES,
  KSPIN_DATAFLOW,
  KSPIN_PHYSICALCONNECTION,
  KSPROPERTY_PIN,
  KSPROPERTY_TOPOLOGY,
  KSTOPOLOGY_CONNECTION,
} from '../standards/ks/requests.ts';
import { withProcessingMode } from '../standards/ks/signal-processing.ts';
import { waveDataFormatBytes, writeWaveDataFormat } from '../standards/ks/wave-data-format.ts';
import { type NtStatus, ntSuccess, STATUS_NO_MATCH } from '../standards/nt/ntstatus.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { type ClientHome, KsError, KsObject } from './ks-object.ts';
import { KsPin } from './ks-pin.ts';

export interface PinFacts {
  readonly id: number;
  readonly dataFlow: number;
  readonly communication: number;
  readonly category: Guid | null;
  readonly name: string | null;
  readonly possibleInstances: number;
  readonly currentInstances: number;
  readonly dataRanges: readonly DataRange[];
  readonly connection: { readonly pin: number; readonly symbolicLink: string } | null;
}

export class KsFilter extends KsObject {
  readonly symbolicLink: string;

  private constructor(home: ClientHome, handle: number, symbolicLink: string) {
    super(home, handle);
    this.symbolicLink = symbolicLink;
  }

  /** Opens the filter behind an interface's link. @throws KsError */
  static open(home: ClientHome, symbolicLink: string): KsFilter {
    const access = GENERIC_READ | GENERIC_WRITE;
    const { status, handle } = home.process.createFile(symbolicLink, access >>> 0);
    if (!ntSuccess(status)) throw new KsError(`opening ${symbolicLink}`, status);
    return new KsFilter(home, handle, symbolicLink);
  }

  get pinCount(): number {
    this.check('CTYPES', this.get(KSPROPSETID_Pin, KSPROPERTY_PIN.CTYPES, 4));
    return this.view.getUint32(this.valueAt, true);
  }

  get categories(): Guid[] {
    return this.#guids(KSPROPERTY_TOPOLOGY.CATEGORIES, 'TOPOLOGY_CATEGORIES');
  }

  get nodes(): Guid[] {
    return this.#guids(KSPROPERTY_TOPOLOGY.NODES, 'TOPOLOGY_NODES');
  }

  get connections(): TopologyConnection[] {
    this.getSized(KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY.CONNECTIONS, 'TOPOLOGY_CONNECTIONS');
    const { Count } = KSMULTIPLE_ITEM.read(this.view, this.valueAt);
    const connections: TopologyConnection[] = [];
    for (let index = 0; index < Count; index++) {
      const at = this.valueAt + KSMULTIPLE_ITEM.size + KSTOPOLOGY_CONNECTION.size * index;
      const connection = KSTOPOLOGY_CONNECTION.read(this.view, at);
      connections.push({
        fromNode: connection.FromNode,
        fromNodePin: connection.FromNodePin,
        toNode: connection.ToNode,
        toNodePin: connection.ToNodePin,
      });
    }
    return connections;
  }

  /** All that the filter tells of a pin factory. @throws KsError */
  pin(id: number): PinFacts {
    const instances = this.#pinValue(id, KSPROPERTY_PIN.CINSTANCES, KSPIN_CINSTANCES.size);
    const counts = KSPIN_CINSTANCES.read(this.view, this.valueAt);
    this.check('CINSTANCES', instances);
    this.check('DATAFLOW', this.#pinValue(id, KSPROPERTY_PIN.DATAFLOW, 4));
    const dataFlow = this.view.getUint32(this.valueAt, true);
    this.check('COMMUNICATION', this.#pinValue(id, KSPROPERTY_PIN.COMMUNICATION, 4));
    const communication = this.view.getUint32(this.valueAt, true);
    const hasCategory = ntSuccess(this.#pinValue(id, KSPROPERTY_PIN.CATEGORY, 16));
    return {
      id,
      dataFlow,
      communication,
      category: hasCategory ? readGuid(this.view, this.valueAt) : null,
      name: this.#pinName(id),
      possibleInstances: counts.PossibleCount,
      currentInstances: counts.CurrentCount,
      dataRanges: this.#pinRanges(id),
      connection: this.#pinConnection(id),
    };
  }

  /** KSPROPERTY_PIN_DATAINTERSECTION with the ranges; the format's bytes, or null for no match. */
  intersect(pinId: number, ranges: readonly DataRange[]): Uint8Array | null {
    const listBytes = ranges.reduce((sum, range) => sum + roundUp(dataRangeBytes(range), 8), 0);
    this.makeRequestRoom(KSP_PIN.size + KSMULTIPLE_ITEM.size + listBytes);
    const listAt = this.requestAt + KSP_PIN.size;
    let at = listAt + KSMULTIPLE_ITEM.size;
    for (const range of ranges) {
      writeDataRange(this.view, at, range);
      at += roundUp(dataRangeBytes(range), 8);
    }
    KSMULTIPLE_ITEM.write(this.view, listAt, { Size: at - listAt, Count: ranges.length });
    const requestBytes = at - this.requestAt;
    this.#namePin(pinId);
    const room = 512;
    const status = this.get(KSPROPSETID_Pin, KSPROPERTY_PIN.DATAINTERSECTION, room, requestBytes);
    if (status === STATUS_NO_MATCH) return null;
    this.check('DATAINTERSECTION', status);
    return this.home.ram.bytes.slice(this.valueAt, this.valueAt + this.bytesReturned);
  }

  /** KSPROPERTY_PIN_PROPOSEDATAFORMAT: could a pin be opened with this format? */
  proposeFormat(pinId: number, format: PcmFormat): NtStatus {
    this.#namePin(pinId);
    writeWaveDataFormat(this.view, this.valueAt, format);
    const bytes = waveDataFormatBytes(format);
    return this.set(KSPROPSETID_Pin, KSPROPERTY_PIN.PROPOSEDATAFORMAT, bytes, KSP_PIN.size);
  }

  /** Opens a pin with the format, with the access that its direction asks for. @throws KsError */
  openPin(pinId: number, format: PcmFormat, mode: Guid | null = null): KsPin {
    const { status, pin } = this.tryOpenPin(pinId, format, mode);
    if (pin === null) throw new KsError(`opening pin ${pinId}`, status);
    return pin;
  }

  /** As `openPin`, with the status instead of an exception. */
  tryOpenPin(
    pinId: number,
    format: PcmFormat,
    mode: Guid | null = null,
  ): { status: NtStatus; pin: KsPin | null } {
    const interfaceId = KSINTERFACE_STANDARD.LOOPED_STREAMING;
    const { status, handle } = this.tryConnect(pinId, format, interfaceId, mode);
    return { status, pin: ntSuccess(status) ? new KsPin(this.home, handle, format) : null };
  }

  /** KsCreatePin with one of the KSINTERFACE_STANDARD interfaces: a handle, 0 on failure. */
  tryConnect(
    pinId: number,
    format: PcmFormat,
    interfaceId: number,
    mode: Guid | null = null,
  ): OpenResult {
    const plain = new Uint8Array(waveDataFormatBytes(format));
    writeWaveDataFormat(new DataView(plain.buffer), 0, format);
    this.check('DATAFLOW', this.#pinValue(pinId, KSPROPERTY_PIN.DATAFLOW, 4));
    const isCapture = this.view.getUint32(this.valueAt, true) === KSPIN_DATAFLOW.OUT;
    const connect = {
      interfaceSet: KSINTERFACESETID_Standard,
      interfaceId,
      mediumSet: KSMEDIUMSETID_Standard,
      mediumId: 0,
      pinId,
      pinToHandle: 0,
      format: mode === null ? plain : withProcessingMode(plain, mode),
    };
    const { process } = this.home;
    const name = writePinName(connect, process.pointerBytes);
    const access = isCapture ? GENERIC_READ : GENERIC_WRITE;
    return process.createRelativeFile(this.handle, name, access);
  }

  #namePin(pinId: number): void {
    this.view.setUint32(this.requestAt + KSP_PIN.offsets.PinId, pinId, true);
    this.view.setUint32(this.requestAt + KSP_PIN.offsets.Reserved, 0, true);
  }

  #pinValue(pinId: number, id: number, bytes: number): NtStatus {
    this.#namePin(pinId);
    return this.get(KSPROPSETID_Pin, id, bytes, KSP_PIN.size);
  }

  #pinSized(pinId: number, id: number, what: string): number {
    this.#namePin(pinId);
    return this.getSized(KSPROPSETID_Pin, id, what, KSP_PIN.size);
  }

  #pinName(pinId: number): string | null {
    try {
      const bytes = this.#pinSized(pinId, KSPROPERTY_PIN.NAME, 'PIN_NAME');
      return this.#text(this.valueAt, bytes);
    } catch (error) {
      if (error instanceof KsError) return null;
      throw error;
    }
  }

  #pinRanges(pinId: number): DataRange[] {
    const bytes = this.#pinSized(pinId, KSPROPERTY_PIN.DATARANGES, 'DATARANGES');
    const { Count } = KSMULTIPLE_ITEM.read(this.view, this.valueAt);
    const ranges: DataRange[] = [];
    let at = this.valueAt + KSMULTIPLE_ITEM.size;
    for (let index = 0; index < Count; index++) {
      const read = readDataRange(this.view, at, this.valueAt + bytes - at);
      if (read === null) throw new Error(`pin ${pinId}: data range ${index} is cut off`);
      ranges.push(read.range);
      at += roundUp(read.byteLength, 8);
    }
    return ranges;
  }

  #pinConnection(pinId: number): PinFacts['connection'] {
    try {
      const bytes = this.#pinSized(pinId, KSPROPERTY_PIN.PHYSICALCONNECTION, 'CONNECTION');
      const { Pin } = KSPIN_PHYSICALCONNECTION.read(this.view, this.valueAt);
      const nameAt = this.valueAt + KSPIN_PHYSICALCONNECTION.size;
      return { pin: Pin, symbolicLink: this.#text(nameAt, bytes - KSPIN_PHYSICALCONNECTION.size) };
    } catch (error) {
      if (error instanceof KsError) return null;
      throw error;
    }
  }

  #text(at: number, bytes: number): string {
    let text = '';
    for (let offset = 0; offset + 1 < bytes; offset += 2) {
      const unit = this.view.getUint16(at + offset, true);
      if (unit === 0) break;
      text += String.fromCharCode(unit);
    }
    return text;
  }

  #guids(id: number, what: string): Guid[] {
    this.getSized(KSPROPSETID_Topology, id, what);
    const { Count } = KSMULTIPLE_ITEM.read(this.view, this.valueAt);
    const guids: Guid[] = [];
    for (let index = 0; index < Count; index++) {
      guids.push(readGuid(this.view, this.valueAt + KSMULTIPLE_ITEM.size + 16 * index));
    }
    return guids;
  }
}
