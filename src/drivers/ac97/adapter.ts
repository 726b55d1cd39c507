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
  CLSID_PortWaveCyclic,
  CLSID_PortWavePci,
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
import {
  type NtStatus,
  ntSuccess,
  STATUS_DEVICE_CONFIGURATION_ERROR,
  STATUS_NO_SUCH_DEVICE,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { declarePacketSizes } from '../packet-sizes.ts';
import { Ac97Adapter, type StartedDevice } from './ac97-adapter.ts';
import { registerPower } from './adapter-power.ts';
import { OWNER } from './owner.ts';
import {
  type Ac97HighMemory,
  type Ac97PortName,
  portForMemory,
  readHighMemorySetting,
  readPortSetting,
} from './port-setting.ts';
import { TOPOLOGY_PIN } from './topology-filter.ts';
import { Ac97TopologyMiniport } from './topology-miniport.ts';
import { WAVE_PIN } from './wave-filter.ts';
import { Ac97WaveCyclicMiniport } from './wavecyclic-miniport.ts';
import { Ac97WavePciMiniport } from './wavepci-miniport.ts';
import { Ac97WaveRtMiniport } from './wavert-miniport.ts';

const WAVE_NAME = 'Wave';
const MAX_SUBDEVICES = 2;
/** No page says how a driver refuses a machine that its device does not fit. */
const STATUS_MEMORY_OUT_OF_REACH = STATUS_DEVICE_CONFIGURATION_ERROR;
const DEFAULT_EXTENSION = 0;

export interface Ac97DriverOptions {
  /** The port that shows the wave filter, where the registry says nothing; WavePci if absent. */
  readonly port?: Ac97PortName;
  /** What WavePci does about memory that DMA does not reach, where the registry says nothing. */
  readonly highMemory?: Ac97HighMemory;
}

/** A driver for the AC'97 controller of Intel's ICH. */
export function makeAc97Driver(options: Ac97DriverOptions = {}): DriverModule {
  return defineDriver({
    name: OWNER,
    hardwareIds: ['PCI\\VEN_8086&DEV_2415'],
    load: (wdk) => driverEntry(wdk, options),
  });
}

export const ac97Driver = makeAc97Driver();

function driverEntry(wdk: Wdk, options: Ac97DriverOptions): DriverEntry {
  return (driverObject, registryPath) => {
    const wanted = readPortSetting(wdk, registryPath) ?? options.port ?? 'wavepci';
    const highMemory = readHighMemorySetting(wdk, registryPath) ?? options.highMemory ?? 'bounce';
    return wdk.PcInitializeAdapterDriver(driverObject, registryPath, (driver, physicalDevice) =>
      wdk.PcAddAdapterDevice(
        driver,
        physicalDevice,
        (deviceObject, irp, resources) => {
          const port = portForMemory(wdk, wanted, highMemory);
          if (port === null) return STATUS_MEMORY_OUT_OF_REACH;
          return startDevice({ wdk, port, deviceObject, irp, resources });
        },
        MAX_SUBDEVICES,
        DEFAULT_EXTENSION,
      ),
    );
  };
}

/** What StartDevice is given. */
interface Start {
  readonly wdk: Wdk;
  readonly port: Ac97PortName;
  readonly deviceObject: DeviceObject;
  readonly irp: Irp;
  readonly resources: IResourceList;
}

/** The ports keep what they need; the references made here go again, whatever happens. */
function startDevice(start: Start): NtStatus {
  const adapter = new Ac97Adapter(start.wdk);
  let status = adapter.start(start.resources);
  if (ntSuccess(status)) status = registerSubdevices(start, adapter);
  if (ntSuccess(status)) status = registerPower(start.wdk, start.deviceObject, adapter);
  adapter.release();
  return status;
}

function registerSubdevices(start: Start, adapter: Ac97Adapter): NtStatus {
  const { wdk } = start;
  const { device } = adapter;
  if (device === null) return STATUS_NO_SUCH_DEVICE;
  const wave = new Out<IPort | null>(null);
  const topology = new Out<IPort | null>(null);
  // A port that takes stream packets has another way to say which it likes.
  const isCyclic = start.port === 'wavert';
  let status = isCyclic
    ? declarePacketSizes(wdk, start.deviceObject, WAVE_NAME, FILE_BYTE_ALIGNMENT)
    : STATUS_SUCCESS;
  if (!ntSuccess(status)) return status;
  const { classId: waveClass, miniport: waveMiniport } = makeWave(start, adapter, device);
  status = registerSubdevice(start, WAVE_NAME, waveClass, waveMiniport, adapter, wave);
  if (ntSuccess(status)) {
    const miniport = new Ac97TopologyMiniport(wdk, adapter, device);
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

/** The port that the setting names, and the miniport for it. */
function makeWave(
  { port, wdk }: Start,
  adapter: Ac97Adapter,
  device: StartedDevice,
): { classId: Guid; miniport: IUnknown } {
  if (port === 'wavepci') {
    return { classId: CLSID_PortWavePci, miniport: new Ac97WavePciMiniport(wdk, adapter, device) };
  }
  if (port === 'wavecyclic') {
    const miniport = new Ac97WaveCyclicMiniport(wdk, adapter, device);
    return { classId: CLSID_PortWaveCyclic, miniport };
  }
  return { classId: CLSID_PortWaveRT, miniport: new Ac97WaveRtMiniport(wdk, adapter, device) };
}

/** The way to the speaker, and the way from line in and microphone. */
function connectSubdevices({ wdk, deviceObject }: Start, wave: IPort, topology: IPort): NtStatus {
  const join = wdk.PcRegisterPhysicalConnection;
  const { PLAYBACK_BRIDGE, CAPTURE_BRIDGE } = WAVE_PIN;
  const toSpeaker = TOPOLOGY_PIN.PLAYBACK_BRIDGE;
  const status = join(deviceObject, wave, PLAYBACK_BRIDGE, topology, toSpeaker);
  if (!ntSuccess(status)) return status;
  return join(deviceObject, topology, TOPOLOGY_PIN.CAPTURE_BRIDGE, wave, CAPTURE_BRIDGE);
}

/** A port with this miniport under this name; consumes the reference on the miniport. */
function registerSubdevice(
  start: Start,
  name: string,
  classId: Guid,
  miniport: IUnknown,
  adapter: Ac97Adapter,
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
