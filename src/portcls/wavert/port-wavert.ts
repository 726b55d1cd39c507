/**
 * The WaveRT port: binds to a WaveRT miniport, marks its filter as real-time, and opens pins. It
 * copies nothing and queues nothing; once a stream runs, the client and the device share the
 * cyclic buffer. Source: IPortWaveRT, "Understanding the WaveRT Port Driver".
 */
import type { Guid } from '../../base/guid.ts';
import type { Irp } from '../../kernel/io/irp.ts';
import type { PinConnect } from '../../ks/pin-connect.ts';
import type { PinIdentifier } from '../../standards/ks/descriptors.ts';
import { KSCATEGORY_REALTIME } from '../../standards/ks/guids.ts';
import type { NtStatus } from '../../standards/nt/ntstatus.ts';
import type { InterfaceId } from '../ddi/declare.ts';
import { IID_IMiniportWaveRT, type IMiniportWaveRT } from '../ddi/miniport.ts';
import { IID_IPortWaveRT, type IPortWaveRT, type IResourceList } from '../ddi/port.ts';
import type { IUnknown } from '../ddi/unknown.ts';
import { LOOPED_STREAMING_INTERFACE } from '../filter-description.ts';
import type { FilterInstance } from '../filter-instance.ts';
import type { PortClass } from '../port-class.ts';
import { type PinOpen, PortObject } from '../port-object.ts';
import { openWaveRtPin } from './open-pin.ts';

export class PortWaveRT extends PortObject<IMiniportWaveRT> implements IPortWaveRT {
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
    return miniport.init(adapter, resources, port);
  }

  openPin(filter: FilterInstance, connect: PinConnect, irp: Irp): PinOpen {
    return openWaveRtPin(this, filter, connect, irp);
  }
}
