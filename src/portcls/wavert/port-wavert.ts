/**
 * The WaveRT port: binds to a WaveRT miniport, marks its filter as real-time, and opens pins. It
 * copies nothing and queues nothing; once a stream runs, the client and the device share the
 * cyclic buffer. Source: IPortWaveRT, "Understanding the WaveRT Port Driver".
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { Guid } from '../../base/guid.ts';
import type { Out } from '../../base/out.ts';
import type { DeviceObject } from '../../kernel/io/device.ts';
import type { Irp } from '../../kernel/io/irp.ts';
import type { PinConnect } from '../../ks/pin-connect.ts';
import type { PropertySet } from '../../ks/property-table.ts';
import type { DataRange, PinIdentifier } from '../../standards/ks/descriptors.ts';
import {
  KSCATEGORY_REALTIME,
  KSDATAFORMAT_TYPE_AUDIO,
  KSDATAFORMAT_TYPE_WILDCARD,
} from '../../standards/ks/guids.ts';
import { KSPIN_COMMUNICATION } from '../../standards/ks/requests.ts';
import { type NtStatus, ntSuccess } from '../../standards/nt/ntstatus.ts';
import type { InterfaceId } from '../ddi/declare.ts';
import type { PcPinDescriptor } from '../ddi/descriptors.ts';
import { IID_IMiniportWaveRT, type IMiniportWaveRT } from '../ddi/miniport.ts';
import { IID_IPortWaveRT, type IPortWaveRT, type IResourceList } from '../ddi/port.ts';
import {
  IID_IPortClsStreamResourceManager2,
  type IPortClsStreamResourceManager2,
  type PcStreamResource,
  type PcStreamResourceDescriptor,
} from '../ddi/stream-resources.ts';
import type { DeviceDescription } from '../ddi/structs.ts';
import type { IUnknown } from '../ddi/unknown.ts';
import { IID_IMiniportAudioSignalProcessing } from '../ddi/wavert-streams.ts';
import { LOOPED_STREAMING_INTERFACE } from '../filter-description.ts';
import type { FilterInstance } from '../filter-instance.ts';
import type { PortClass } from '../port-class.ts';
import { type PinOpen, PortObject } from '../port-object.ts';
import { openWaveRtPin } from './open-pin.ts';
import { SignalProcessingModes } from './signal-processing-modes.ts';

/** INTERFACE_TYPE of a description that nobody filled. */
const InterfaceTypeUndefined = -1;

export class PortWaveRT
  extends PortObject<IMiniportWaveRT>
  implements IPortWaveRT, IPortClsStreamResourceManager2
{
  #canGather = false;
  /** Null when the miniport has no such interface, undefined until a filter is opened. */
  #modes: SignalProcessingModes | null | undefined;

  constructor(portClass: PortClass) {
    super(portClass, IID_IPortWaveRT, 'WaveRT port', [
      IID_IPortClsStreamResourceManager2 as InterfaceId<unknown>,
    ]);
  }

  protected get miniportInterface(): InterfaceId<IMiniportWaveRT> {
    return IID_IMiniportWaveRT;
  }

  protected get pinInterfaces(): readonly PinIdentifier[] {
    return [LOOPED_STREAMING_INTERFACE];
  }

  protected get ownCategories(): readonly Guid[] {
    return [KSCATEGORY_REALTIME];
  }

  protected initMiniport(
    miniport: IMiniportWaveRT,
    adapter: IUnknown | null,
    resources: IResourceList,
  ): NtStatus {
    const port = this.portClass.guard.guard(IID_IPortWaveRT, this as IPortWaveRT);
    const status = miniport.init(adapter, resources, port);
    if (ntSuccess(status)) this.#readDeviceDescription(miniport);
    return status;
  }

  /** Whether the device's DMA takes pages that are not adjacent. */
  get canGather(): boolean {
    return this.#canGather;
  }

  /** Clients of a WaveRT stream can be stopped; where they look at registers is asked apart. */
  override get canBeStopped(): boolean {
    return true;
  }

  /** A streaming pin carries waves; MIDI and the like belong to other ports. */
  protected override pinFault(pin: PcPinDescriptor): string | null {
    const isStreaming =
      pin.communication === KSPIN_COMMUNICATION.SINK ||
      pin.communication === KSPIN_COMMUNICATION.BOTH;
    const mayCarryWaves = (range: DataRange): boolean =>
      range.majorFormat === KSDATAFORMAT_TYPE_AUDIO ||
      range.majorFormat === KSDATAFORMAT_TYPE_WILDCARD;
    if (!isStreaming || pin.dataRanges.length === 0) return null;
    return pin.dataRanges.some(mayCarryWaves) ? null : 'no data range of a WaveRT pin is audio';
  }

  #readDeviceDescription(miniport: IMiniportWaveRT): void {
    const description: DeviceDescription = {
      master: false,
      scatterGather: false,
      dma32BitAddresses: false,
      dma64BitAddresses: false,
      interfaceType: InterfaceTypeUndefined,
      maximumLength: 0,
    };
    if (!ntSuccess(miniport.getDeviceDescription(description))) return;
    this.#canGather = description.scatterGather;
    const isUntouched =
      description.interfaceType === InterfaceTypeUndefined &&
      description.maximumLength === 0 &&
      !description.master &&
      !description.scatterGather;
    if (!isUntouched) return;
    this.portClass.findings.report('GetDeviceDescription succeeded and described nothing');
  }

  /** The modes of the filter's pins, where the miniport tells any; asked for once. */
  get signalProcessing(): SignalProcessingModes | null {
    if (this.#modes === undefined) {
      const { guard } = this.portClass;
      const miniport = guard.query(IID_IMiniportAudioSignalProcessing, this.miniportUnknown);
      this.#modes = miniport === null ? null : new SignalProcessingModes(this, miniport);
    }
    return this.#modes;
  }

  /** The resource is the port's device's, unless the descriptor names another. */
  addStreamResource(
    resourceSet: VirtualAddress | null,
    descriptor: PcStreamResourceDescriptor,
    handle: Out<PcStreamResource | null>,
  ): NtStatus {
    const own = this.portClass.adapterOf(this.deviceObject).physicalDeviceObject;
    return this.addStreamResource2(descriptor.pdo ?? own, resourceSet, descriptor, handle);
  }

  addStreamResource2(
    physicalDeviceObject: DeviceObject,
    resourceSet: VirtualAddress | null,
    descriptor: PcStreamResourceDescriptor,
    handle: Out<PcStreamResource | null>,
  ): NtStatus {
    const { streamResources } = this.portClass;
    return streamResources.add(physicalDeviceObject, resourceSet, descriptor, handle);
  }

  removeStreamResource(handle: PcStreamResource): NtStatus {
    return this.portClass.streamResources.remove(handle);
  }

  override rangesRefused(pinId: number, client: DataRange, own: DataRange): void {
    this.signalProcessing?.refusedRanges.add(pinId, client, own);
  }

  override get filterPropertySets(): readonly PropertySet[] {
    const modes = this.signalProcessing;
    return modes === null ? [] : [modes.propertySet];
  }

  override releaseChildren(): void {
    this.#modes?.release();
    this.#modes = undefined;
    super.releaseChildren();
  }

  openPin(filter: FilterInstance, connect: PinConnect, irp: Irp): PinOpen {
    return openWaveRtPin(this, filter, connect, irp);
  }
}
