/**
 * The driver as Windows loads it: DriverEntry, AddDevice, and StartDevice, which brings the
 * adapter up and registers its two subdevices. Source: PcInitializeAdapterDriver,
 * PcAddAdapterDevice, "Subdevice Creation".
 */
import type { Guid } from '../../base/guid.ts';
import { Out } from '../../base/out.ts';
import type { DeviceObject, Irp } from '../../kernel/ddi/index.ts';
import {
  CLSID_PortTopology,
  CLSID_PortWaveRT,
  type DriverEntry,
  defineDriver,
  type IPort,
  type IResourceList,
  type IUnknown,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { FILE_128_BYTE_ALIGNMENT } from '../../standards/ks/packet-size-constraints.ts';
import { type NtStatus, ntSuccess, STATUS_NO_SUCH_DEVICE } from '../../standards/nt/ntstatus.ts';
import { declarePacketSizes } from '../packet-sizes.ts';
import { registerPower } from './adapter-power.ts';
import { HdaAdapter } from './hda-adapter.ts';
import { OWNER } from './owner.ts';
import { TOPOLOGY_PIN } from './topology-filter.ts';
import { HdaTopologyMiniport } from './topology-miniport.ts';
import { WAVE_PIN } from './wave-filter.ts';
import { HdaWaveMiniport } from './wave-miniport.ts';

const WAVE_NAME = 'Wave';
/** Subdevices that may be registered at once; two are, the rest is for those to come. */
const MAX_SUBDEVICES = 4;
const DEFAULT_EXTENSION = 0;

/** A WaveRT driver for Intel's HD Audio controller in the ICH6 and whatever answers like it. */
export const hdaDriver = defineDriver({
  name: OWNER,
  hardwareIds: ['PCI\\VEN_8086&DEV_2668'],
  load: (wdk) => driverEntry(wdk),
});

function driverEntry(wdk: Wdk): DriverEntry {
  return (driverObject, registryPath) =>
    wdk.PcInitializeAdapterDriver(driverObject, registryPath, (driver, physicalDevice) =>
      wdk.PcAddAdapterDevice(
        driver,
        physicalDevice,
        (deviceObject, irp, resources) => startDevice({ wdk, deviceObject, irp, resources }),
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
function startDevice(start: Start): NtStatus {
  const adapter = new HdaAdapter(start.wdk, start.deviceObject);
  let status = adapter.start(start.resources);
  if (ntSuccess(status)) status = registerSubdevices(start, adapter);
  if (ntSuccess(status)) status = registerPower(start.wdk, start.deviceObject, adapter);
  adapter.release();
  return status;
}

function registerSubdevices(start: Start, adapter: HdaAdapter): NtStatus {
  const { wdk } = start;
  const { playback, recording } = adapter;
  if (playback === null) return STATUS_NO_SUCH_DEVICE;
  const wave = new Out<IPort | null>(null);
  const topology = new Out<IPort | null>(null);
  // Nobody may find the filter before what is said of its packets stands: whole 128-byte units,
  // where every entry of a descriptor list begins (HDA 1.0a 3.6.3).
  let status = declarePacketSizes(wdk, start.deviceObject, WAVE_NAME, FILE_128_BYTE_ALIGNMENT);
  if (!ntSuccess(status)) return status;
  const waveMiniport = new HdaWaveMiniport(wdk, adapter, playback, recording);
  status = registerSubdevice(start, WAVE_NAME, CLSID_PortWaveRT, waveMiniport, adapter, wave);
  if (ntSuccess(status)) {
    const miniport = new HdaTopologyMiniport(wdk, adapter, playback, recording);
    const classId = CLSID_PortTopology;
    status = registerSubdevice(start, 'Topology', classId, miniport, adapter, topology);
  }
  if (wave.value !== null && topology.value !== null) {
    status = connect(start, wave.value, topology.value, recording !== null);
  }
  topology.value?.release();
  wave.value?.release();
  return status;
}

/** Both filters joined as sound goes: to the ear, and from the mouth. */
function connect(start: Start, wave: IPort, topology: IPort, records: boolean): NtStatus {
  const { wdk, deviceObject } = start;
  const { BRIDGE, CAPTURE_BRIDGE } = WAVE_PIN;
  const playing = TOPOLOGY_PIN.BRIDGE;
  const recording = TOPOLOGY_PIN.CAPTURE_BRIDGE;
  const join = wdk.PcRegisterPhysicalConnection;
  const status = join(deviceObject, wave, BRIDGE, topology, playing);
  if (!ntSuccess(status) || !records) return status;
  return join(deviceObject, topology, recording, wave, CAPTURE_BRIDGE);
}

/** A port with this miniport under this name; consumes the reference on the miniport. */
function registerSubdevice(
  start: Start,
  name: string,
  classId: Guid,
  miniport: IUnknown,
  adapter: HdaAdapter,
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
