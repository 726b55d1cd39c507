/**
 * The WaveRT port: binds to a WaveRT miniport, marks its filter as real-time, and opens pins. It
 * copies nothing and queues nothing; once a stream runs, the client and the device share the
 * cyclic buffer. Source: IPortWaveRT, "Understanding the WaveRT Port Driver".
 */
import type { Guid } from '../../base/guid.ts';
import type { Irp } from '../../kernel/io/irp.ts';
import type { PinConnect } from '../../ks/pin-connect.ts';
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
import type { DeviceDescription } from '../ddi/structs.ts';
import type { IUnknown } from '../ddi/unknown.ts';
import { LOOPED_STREAMING_INTERFACE } from '../filter-description.ts';
import type { FilterInstance } from '../filter-instance.ts';
import type { PortClass } from '../port-class.ts';
import { type PinOpen, PortObject } from '../port-object.ts';
import { openWaveRtPin } from './open-pin.ts';

/** INTERFACE_TYPE of a description that nobody filled. */
const InterfaceTypeUndefined = -1;

export class PortWaveRT extends PortObject<IMiniportWaveRT> implements IPortWaveRT {
  #canGather = false;

  constructor(portClass: PortClass) {
    super(portClass, IID_IPortWaveRT, 'WaveRT port');
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

  openPin(filter: FilterInstance, connect: PinConnect, irp: Irp): PinOpen {
    return openWaveRtPin(this, filter, connect, irp);
  }
}
