/**
 * Making DMA channels: PcNewDmaChannel, and what NewMasterDmaChannel and NewSlaveDmaChannel of the
 * ports come down to. Each gets an adapter object for the device's physical device object. Source:
 * PcNewDmaChannel, IPortWaveCyclic, IPortWavePci, DEVICE_DESCRIPTION.
 */
import { Out } from '../base/out.ts';
import {
  type DEVICE_DESCRIPTION,
  DEVICE_DESCRIPTION_VERSION,
  DEVICE_DESCRIPTION_VERSION1,
  DEVICE_DESCRIPTION_VERSION2,
  Isa,
  Width8Bits,
  Width16Bits,
  zeroedDescription,
} from '../kernel/dma/device-description.ts';
import type { DmaAdapter } from '../kernel/dma/dma-adapter.ts';
import { isWordChannel } from '../kernel/dma/system-dma.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import { PagedPool } from '../kernel/memory/pool.ts';
import { CmResourceTypeDma } from '../kernel/pnp/resources.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import {
  type IDmaChannel,
  type IDmaChannelSlave,
  IID_IDmaChannel,
  IID_IDmaChannelSlave,
} from './ddi/dma-channel.ts';
import type { IResourceList } from './ddi/port.ts';
import { PCIBus } from './ddi/structs.ts';
import type { IUnknown } from './ddi/unknown.ts';
import { DmaChannel } from './dma-channel.ts';
import { DmaChannelSlave } from './dma-channel-slave.ts';
import type { PortClass } from './port-class.ts';

/** The pages say "an appropriate error code". */
const STATUS_NO_ADAPTER_OBJECT = STATUS_INSUFFICIENT_RESOURCES;

/** What a bus master's channel is made for; the members are those of DEVICE_DESCRIPTION. */
export interface MasterDmaTraits {
  readonly scatterGather: boolean;
  readonly dma32BitAddresses: boolean;
  readonly dma64BitAddresses: boolean;
  readonly ignoreCount: boolean;
  /** The largest buffer of the channel, in bytes. */
  readonly maximumLength: number;
}

/**
 * A channel with an adapter object for `device`, which is an adapter's functional device or any
 * physical one. Pools are of no consequence here; a paged one is noted, because methods of the
 * channel run at DISPATCH_LEVEL. PASSIVE_LEVEL.
 */
export function newDmaChannel(
  portClass: PortClass,
  device: DeviceObject,
  out: Out<IDmaChannel | null> | null,
  outerUnknown: IUnknown | null,
  poolType: number,
  description: DEVICE_DESCRIPTION,
): NtStatus {
  const refused = checkRequest(portClass, out, outerUnknown, poolType);
  if (out === null || refused !== STATUS_SUCCESS) return refused;
  const adapter = adapterObject(portClass, device, description);
  if (adapter === null) return STATUS_NO_ADAPTER_OBJECT;
  const channel = description.master
    ? new DmaChannel(portClass, adapter)
    : new DmaChannelSlave(portClass, adapter);
  out.value = portClass.guard.guard(IID_IDmaChannel, channel as IDmaChannel);
  return STATUS_SUCCESS;
}

/** The same for a bus master on PCI: NewMasterDmaChannel of the WaveCyclic and WavePci ports. */
export function newMasterDmaChannel(
  portClass: PortClass,
  device: DeviceObject,
  out: Out<IDmaChannel | null> | null,
  outerUnknown: IUnknown | null,
  poolType: number,
  traits: MasterDmaTraits,
): NtStatus {
  const version = traits.ignoreCount ? DEVICE_DESCRIPTION_VERSION1 : DEVICE_DESCRIPTION_VERSION;
  const description: DEVICE_DESCRIPTION = {
    ...zeroedDescription(),
    ...traits,
    version,
    master: true,
    interfaceType: PCIBus,
  };
  return newDmaChannel(portClass, device, out, outerUnknown, poolType, description);
}

/**
 * NewSlaveDmaChannel: the `dmaIndex`-th DMA resource of the list names the system controller's
 * channel. STATUS_INVALID_PARAMETER when there is no such resource, and
 * STATUS_INSUFFICIENT_RESOURCES on a machine whose system DMA controller has no such channel, or
 * that has none at all.
 */
export function newSlaveDmaChannel(
  portClass: PortClass,
  device: DeviceObject,
  out: Out<IDmaChannelSlave | null> | null,
  outerUnknown: IUnknown | null,
  resourceList: IResourceList | null,
  dmaIndex: number,
  maximumLength: number,
  demandMode: boolean,
  dmaSpeed: number,
): NtStatus {
  const refused = checkRequest(portClass, out, outerUnknown, 0);
  if (out === null || refused !== STATUS_SUCCESS) return refused;
  const resource = resourceList?.findTranslatedEntry(CmResourceTypeDma, dmaIndex) ?? null;
  if (resource?.type !== CmResourceTypeDma) return STATUS_INVALID_PARAMETER;
  const adapter = adapterObject(portClass, device, {
    ...zeroedDescription(),
    version: DEVICE_DESCRIPTION_VERSION2,
    autoInitialize: true,
    demandMode,
    dmaChannel: resource.channel,
    interfaceType: Isa,
    dmaWidth: isWordChannel(resource.channel) ? Width16Bits : Width8Bits,
    dmaSpeed,
    maximumLength,
  });
  if (adapter === null) return STATUS_NO_ADAPTER_OBJECT;
  const channel: IDmaChannelSlave = new DmaChannelSlave(portClass, adapter);
  out.value = portClass.guard.guard(IID_IDmaChannelSlave, channel);
  return STATUS_SUCCESS;
}

/** PortCls' objects cannot be aggregated here: an outer unknown gives STATUS_NOT_SUPPORTED. */
function checkRequest(
  portClass: PortClass,
  out: Out<unknown> | null,
  outerUnknown: IUnknown | null,
  poolType: number,
): NtStatus {
  // A driver in TypeScript cannot get here with NULL, one in C can.
  if (out === null) {
    portClass.findings.report('a DMA channel was asked for with NULL for DmaChannel');
    return STATUS_INVALID_PARAMETER;
  }
  out.value = null;
  if (poolType === PagedPool)
    portClass.findings.report('a DMA channel was asked for in paged pool');
  return outerUnknown === null ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

function adapterObject(
  portClass: PortClass,
  device: DeviceObject,
  description: DEVICE_DESCRIPTION,
): DmaAdapter | null {
  const pdo = portClass.findAdapter(device)?.physicalDeviceObject ?? device;
  return portClass.kernel.dma.IoGetDmaAdapter(pdo, description, new Out(0));
}
