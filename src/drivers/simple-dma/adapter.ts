/**
 * The driver as Windows loads it: DriverEntry, AddDevice, and StartDevice, which brings the adapter
 * up and registers its two subdevices. Source: PcInitializeAdapterDriver, PcAddAdapterDevice,
 * "Subdevice Creation".
 */
import type { Guid } from '../../base/guid.ts';
import { Out } from '../../base/out.ts';
import type { DeviceObject, Irp } from '../../kernel/ddi/index.ts';
import {
  CLSID_PortTopology,
  CLSID_PortWaveRT,
  type DriverEntry,
  type DriverModule,
  defineDriver,
  type IPort,
  type IResourceList,
  type IUnknown,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { FILE_BYTE_ALIGNMENT } from '../../standards/ks/packet-size-constraints.ts';
import { type NtStatus, ntSuccess, STATUS_NO_SUCH_DEVICE } from '../../standards/nt/ntstatus.ts';
import { declarePacketSizes } from '../packet-sizes.ts';
import { registerPower } from './adapter-power.ts';
import type { RearmPlace } from './channel-service.ts';
import { OWNER, SimpleDmaAdapter } from './simple-dma-adapter.ts';
import { SimpleDmaTopologyMiniport } from './topology-miniport.ts';
import { TOPOLOGY_PIN, WAVE_PIN } from './wave-filter.ts';
import { SimpleDmaWaveMiniport } from './wave-miniport.ts';

const WAVE_NAME = 'Wave';
const MAX_SUBDEVICES = 2;
const DEFAULT_EXTENSION = 0;

export interface SimpleDmaDriverOptions {
  /** Where a part that interrupts but cannot loop is armed again: the service routine if absent. */
  readonly rearm?: RearmPlace;
}

/** A WaveRT driver for the simple DMA device with whatever traits. */
export function makeSimpleDmaDriver(options: SimpleDmaDriverOptions = {}): DriverModule {
  return defineDriver({
    name: OWNER,
    hardwareIds: ['PCI\\VEN_FFFE&DEV_5D3A'],
    load: (wdk) => driverEntry(wdk, options.rearm ?? 'interrupt'),
  });
}

/** The one that arms in its service routine. */
export const simpleDmaDriver = makeSimpleDmaDriver();

function driverEntry(wdk: Wdk, rearmPlace: RearmPlace): DriverEntry {
  return (driverObject, registryPath) =>
    wdk.PcInitializeAdapterDriver(driverObject, registryPath, (driver, physicalDevice) =>
      wdk.PcAddAdapterDevice(
        driver,
        physicalDevice,
        (deviceObject, irp, resources) =>
          startDevice({ wdk, deviceObject, irp, resources }, rearmPlace),
        MAX_SUBDEVICES,
        DEFAULT_EXTENSION,
      ),
    );
}

/** What StartDevice is given. */
interface Start {
  readonly wdk: Wdk;
  readonly deviceObject: DeviceObject;
  readonly irp: Irp;
  readonly resources: IResourceList;
}

/** The ports keep what they need; the references made here go again, whatever happens. */
function startDevice(start: Start, rearmPlace: RearmPlace): NtStatus {
  const adapter = new SimpleDmaAdapter(start.wdk, rearmPlace);
  let status = adapter.start(start.resources);
  if (ntSuccess(status)) status = registerSubdevices(start, adapter);
  const { device } = adapter;
  if (ntSuccess(status) && device !== null) {
    status = registerPower(start.wdk, start.deviceObject, device.registers);
  }
  adapter.release();
  return status;
}

function registerSubdevices(start: Start, adapter: SimpleDmaAdapter): NtStatus {
  const { wdk } = start;
  const { device } = adapter;
  if (device === null) return STATUS_NO_SUCH_DEVICE;
  const wave = new Out<IPort | null>(null);
  const topology = new Out<IPort | null>(null);
  let status = declarePacketSizes(wdk, start.deviceObject, WAVE_NAME, FILE_BYTE_ALIGNMENT);
  if (!ntSuccess(status)) return status;
  const waveMiniport = new SimpleDmaWaveMiniport(wdk, adapter, device);
  status = registerSubdevice(start, WAVE_NAME, CLSID_PortWaveRT, waveMiniport, adapter, wave);
  if (ntSuccess(status)) {
    const miniport = new SimpleDmaTopologyMiniport(wdk);
    const classId = CLSID_PortTopology;
    status = registerSubdevice(start, 'Topology', classId, miniport, adapter, topology);
  }
  if (wave.value !== null && topology.value !== null) {
    status = connectSubdevices(start, wave.value, topology.value);
  }
  topology.value?.release();
  wave.value?.release();
  return status;
}

/** The way to the speaker, and the way from the line in. */
function connectSubdevices({ wdk, deviceObject }: Start, wave: IPort, topology: IPort): NtStatus {
  const status = wdk.PcRegisterPhysicalConnection(
    deviceObject,
    wave,
    WAVE_PIN.PLAYBACK_BRIDGE,
    topology,
    TOPOLOGY_PIN.PLAYBACK_BRIDGE,
  );
  if (!ntSuccess(status)) return status;
  return wdk.PcRegisterPhysicalConnection(
    deviceObject,
    topology,
    TOPOLOGY_PIN.CAPTURE_BRIDGE,
    wave,
    WAVE_PIN.CAPTURE_BRIDGE,
  );
}

/** A port with this miniport under this name; consumes the reference on the miniport. */
function registerSubdevice(
  start: Start,
  name: string,
  classId: Guid,
  miniport: IUnknown,
  adapter: SimpleDmaAdapter,
  out: Out<IPort | null>,
): NtStatus {
  const { wdk, deviceObject, irp, resources } = start;
  const created = new Out<IPort | null>(null);
  let status = wdk.PcNewPort(created, classId);
  const port = created.value;
  if (ntSuccess(status) && port !== null) {
    status = port.init(deviceObject, irp, miniport, adapter, resources);
    if (ntSuccess(status)) status = wdk.PcRegisterSubdevice(deviceObject, name, port);
    if (ntSuccess(status)) out.value = port;
    else port.release();
  }
  miniport.release();
  return status;
}
