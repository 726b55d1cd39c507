/**
 * One open of a filter: the object behind a filter handle. It answers the pin and topology sets
 * for the port, then what the miniport's tables add, and opens pins. Source: "Filter, Pin, and
 * Node Properties", KSPROPERTY_PIN_*.
 */

import { type VirtualAddress, virtual } from '../base/brand.ts';
import { Out } from '../base/out.ts';
import type { Irp } from '../kernel/io/irp.ts';
import {
  formatInRange,
  intersectByDefault,
  readDataRange,
  WAVEFORMATEX_FORMAT_BYTES,
  writePlainWaveFormat,
} from '../ks/data-range.ts';
import type { EventList } from '../ks/event-list.ts';
import type { EventTable } from '../ks/event-table.ts';
import {
  defaultPinPropertySet,
  type PhysicalConnection,
  type PinHost,
  type PinInstances,
  pinPropertySet,
} from '../ks/pin-properties.ts';
import { PropertyTable } from '../ks/property-table.ts';
import type { KsRequest } from '../ks/request.ts';
import { topologyPropertySet } from '../ks/topology-properties.ts';
import type { FilterDescription } from '../standards/ks/descriptors.ts';
import { KSFILTER_NODE } from '../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_NO_MATCH,
  STATUS_NOT_IMPLEMENTED,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { IID_IPinName } from './ddi/miniport.ts';
import { DriverTables } from './driver-tables.ts';
import type { KsFile } from './ks-file.ts';
import { isWellFormed } from './pin-format.ts';
import type { PortObject } from './port-object.ts';

const NO_PIN = 0xffffffff;

export class FilterInstance implements KsFile, PinHost {
  readonly kind = 'filter';
  readonly port: PortObject;
  readonly #openPins: number[];
  /** A filter is no pin; an event request on it names one. */
  readonly pinId = NO_PIN;
  readonly #driver: DriverTables;
  readonly #tables: readonly PropertyTable[];

  constructor(port: PortObject) {
    this.port = port;
    port.addRef();
    this.#openPins = port.description.pins.map(() => 0);
    this.#driver = new DriverTables(port, null, port.descriptor.automationTable, 'filter');
    const own = new PropertyTable([
      pinPropertySet(this),
      topologyPropertySet(port.description),
      ...port.filterPropertySets,
    ]);
    const driver = this.#driver.properties;
    const last = new PropertyTable([defaultPinPropertySet(this)]);
    this.#tables = driver === null ? [own, last] : [own, driver, last];
    port.checkDescriptor();
  }

  get description(): FilterDescription {
    return this.port.description;
  }

  /** Where port and miniport both have a property, the port's handler wins. */
  tablesFor(node: number): readonly PropertyTable[] {
    return node === KSFILTER_NODE ? this.#tables : this.#driver.nodeProperties(node);
  }

  get isBound(): boolean {
    return this.port.isBound;
  }

  get events(): EventList {
    return this.port.events.list;
  }

  eventTablesFor(node: number): readonly EventTable[] {
    return this.#driver.eventsOf(node);
  }

  mayUse(_irp: Irp): boolean {
    return true;
  }

  close(): void {
    this.port.release();
  }

  pinOpened(pinId: number): void {
    this.#openPins[pinId] = (this.#openPins[pinId] ?? 0) + 1;
    this.port.pins.opened(pinId);
    this.port.addRef();
  }

  pinClosed(pinId: number): void {
    this.#openPins[pinId] = (this.#openPins[pinId] ?? 0) - 1;
    this.port.pins.closed(pinId);
    this.port.release();
  }

  instances(pinId: number): PinInstances {
    return this.port.pins.instances(pinId, this.#openPins[pinId] ?? 0);
  }

  physicalConnection(pinId: number): PhysicalConnection | null {
    return this.port.portClass.adapterOf(this.port.deviceObject).connectionOf(this.port, pinId);
  }

  /** IPinName, where the miniport has it. A size beyond the buffer is no answer. */
  pinName(request: KsRequest): NtStatus | null {
    const { miniportUnknown, portClass } = this.port;
    const { irp, requestAt, valueAt, valueBytes } = request;
    const pinName = portClass.guard.query(IID_IPinName, miniportUnknown);
    if (pinName === null || irp === null) return null;
    const data = valueBytes === 0 ? null : virtual(valueAt);
    const status = pinName.getPinName(irp, virtual(requestAt), data);
    pinName.release();
    if (status === STATUS_NOT_SUPPORTED) return null;
    request.information = irp.ioStatus.information;
    if (status !== STATUS_SUCCESS || request.information <= valueBytes) return status;
    portClass.findings.report(
      `GetPinName says it wrote ${request.information} bytes into ${valueBytes}`,
    );
    return STATUS_BUFFER_TOO_SMALL;
  }

  /** The miniport first; the default handler when it returns STATUS_NOT_IMPLEMENTED. */
  intersect(
    request: KsRequest,
    pinId: number,
    clientRangeAt: number,
    rangeIndex: number,
  ): NtStatus {
    const resultLength = new Out(0);
    const hasRoom = request.valueBytes > 0;
    const status = this.port.miniport.dataRangeIntersection(
      pinId,
      virtual(clientRangeAt),
      this.port.dataRangeAddress(pinId, rangeIndex),
      request.valueBytes,
      hasRoom ? virtual(request.valueAt) : null,
      resultLength,
    );
    if (status === STATUS_NOT_IMPLEMENTED) {
      return this.#intersectByDefault(request, pinId, clientRangeAt, rangeIndex);
    }
    if (status === STATUS_NO_MATCH) this.#noteRefusal(request, pinId, clientRangeAt, rangeIndex);
    request.information = resultLength.value;
    if (!hasRoom && (status === STATUS_SUCCESS || status === STATUS_BUFFER_TOO_SMALL)) {
      this.port.portClass.findings.report(
        'DataRangeIntersection did not answer a size query with STATUS_BUFFER_OVERFLOW',
      );
    }
    if (status === STATUS_SUCCESS && resultLength.value > request.valueBytes) {
      this.port.portClass.findings.report(
        `DataRangeIntersection says it wrote ${resultLength.value} bytes into ` +
          `${request.valueBytes}`,
      );
      return STATUS_BUFFER_TOO_SMALL;
    }
    return status;
  }

  /** The list of client ranges was checked before the miniport was asked. */
  #noteRefusal(request: KsRequest, pinId: number, clientRangeAt: number, rangeIndex: number): void {
    const client = clientRange(request, clientRangeAt);
    const own = this.description.pins[pinId]?.dataRanges[rangeIndex];
    if (client !== null && own !== undefined) this.port.rangesRefused(pinId, client.range, own);
  }

  #intersectByDefault(
    request: KsRequest,
    pinId: number,
    clientRangeAt: number,
    rangeIndex: number,
  ): NtStatus {
    const client = clientRange(request, clientRangeAt);
    const own = this.description.pins[pinId]?.dataRanges[rangeIndex];
    if (client === null || own === undefined) return STATUS_NO_MATCH;
    const chosen = intersectByDefault(client.range, own);
    if (chosen === null) return STATUS_NO_MATCH;
    request.information = WAVEFORMATEX_FORMAT_BYTES;
    if (request.valueBytes === 0) return STATUS_BUFFER_OVERFLOW;
    if (request.valueBytes < WAVEFORMATEX_FORMAT_BYTES) return STATUS_BUFFER_TOO_SMALL;
    writePlainWaveFormat(request.view, request.valueAt, chosen);
    return STATUS_SUCCESS;
  }

  /** What an open refuses for its header alone is no match either. */
  proposeFormat(pinId: number, formatAt: number, formatBytes: number): NtStatus {
    const { bytes } = this.port.kernel.memory.ram;
    const fits =
      this.formatFits(pinId, virtual(formatAt), formatBytes) &&
      isWellFormed(bytes.subarray(formatAt, formatAt + formatBytes));
    return fits ? STATUS_SUCCESS : STATUS_NO_MATCH;
  }

  /** Whether a range of the factory takes the format: its GUIDs, and its depth, rate and channels. */
  formatFits(pinId: number, formatAt: VirtualAddress, availableBytes: number): boolean {
    const view = this.port.kernel.memory.ram.view;
    const formatBytes = view.getUint32(formatAt, true);
    if (formatBytes > availableBytes) return false;
    const ranges = this.description.pins[pinId]?.dataRanges ?? [];
    return ranges.some((range) => formatInRange(view, formatAt, range));
  }
}

/** The list of client ranges was checked, so that it lies whole in the request. */
function clientRange({ requestAt, requestBytes, view }: KsRequest, at: number) {
  return readDataRange(view, at, requestAt + requestBytes - at);
}
