/**
 * Our HD Audio driver, bent: the driver itself is the real one, but what it imports, the port stream
 * that gives it pages, or the streams that it gives to the port lie. So a driver with a mistake in
 * one place is made without writing one, and without a line of the driver knowing. Such modules
 * serve scenarios, the conformance suite's bad actors, and `--driver` of the command line.
 */
import type { VirtualAddress } from '../../src/base/brand.ts';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import {
  CLSID_PortWaveRT,
  type DriverModule,
  type IMiniportWaveRT,
  type IMiniportWaveRTInputStream,
  type IMiniportWaveRTOutputStream,
  type IMiniportWaveRTStream,
  type IMiniportWaveRTStreamNotification,
  type IPort,
  type IPortWaveRTStream,
  type IPowerNotify,
  type IUnknown,
  type Wdk,
} from '../../src/portcls/ddi/index.ts';
import { KSDATAFORMAT } from '../../src/standards/ks/formats.ts';
import { readWaveDataFormat } from '../../src/standards/ks/wave-data-format.ts';
import { STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED } from '../../src/standards/nt/ntstatus.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';

/** Every method that a stream of the driver may have; which it has depends on its direction. */
export type BentStream = IMiniportWaveRTStreamNotification &
  IMiniportWaveRTInputStream &
  IMiniportWaveRTOutputStream &
  IPowerNotify;

export interface Bends {
  /** The driver's own name if absent. */
  readonly name?: string;
  /** Functions that the driver imports in place of the real ones. */
  readonly wdk?: (real: Wdk) => Partial<Wdk>;
  /** Methods of each port stream in place of the real ones. */
  readonly portStream?: (real: IPortWaveRTStream) => Partial<IPortWaveRTStream>;
  /** Methods of the miniport in place of the driver's. */
  readonly miniport?: (real: IMiniportWaveRT) => Partial<IMiniportWaveRT>;
  /** Whether the miniport makes no stream of that format, which it claims all the same. */
  readonly refuses?: (format: PcmFormat) => boolean;
  /** Methods of each stream in place of the driver's. */
  readonly stream?: (real: BentStream, wdk: Wdk, format: PcmFormat) => Partial<BentStream>;
}

export function bentHdaDriver(bends: Bends): DriverModule {
  const { miniport, name, portStream, refuses, stream, wdk: bendWdk } = bends;
  const hasBentObjects = [miniport, portStream, refuses, stream].some((bend) => bend !== undefined);
  return {
    ...hdaDriver,
    ...(name === undefined ? {} : { name }),
    load: (wdk) => {
      const bent: Wdk = { ...wdk, ...bendWdk?.(wdk) };
      return hdaDriver.load(hasBentObjects ? withBentObjects(bent, bends) : bent);
    },
  };
}

/**
 * A driver with other methods in its streams, for modules that `--driver` names. It offers no
 * position register, so that a client has to ask for the position.
 */
export function oddHdaDriver(
  name: string,
  change: (real: IMiniportWaveRTStream, wdk: Wdk) => Partial<IMiniportWaveRTStream>,
): DriverModule {
  return bentHdaDriver({
    name,
    stream: (real, wdk) => ({
      getPositionRegister: () => STATUS_NOT_SUPPORTED,
      ...change(real, wdk),
    }),
  });
}

/** The WaveRT port is bent so that it gets a bent miniport, which makes bent streams. */
function withBentObjects(wdk: Wdk, bends: Bends): Wdk {
  const realPorts = new Map<IUnknown, IUnknown>();
  const real = (port: IUnknown): IUnknown => realPorts.get(port) ?? port;
  return {
    ...wdk,
    PcNewPort: (out, classId) => {
      const status = wdk.PcNewPort(out, classId);
      const port = out.value;
      if (port !== null && classId === CLSID_PortWaveRT) {
        const bentPort = override<IPort>(port, {
          init: (device, irp, miniport, adapter, resources) =>
            port.init(device, irp, bendMiniport(miniport, bends, wdk), adapter, resources),
        });
        realPorts.set(bentPort, port);
        out.value = bentPort;
      }
      return status;
    },
    PcRegisterSubdevice: (device, name, port) => wdk.PcRegisterSubdevice(device, name, real(port)),
    PcRegisterPhysicalConnection: (device, from, fromPin, to, toPin) =>
      wdk.PcRegisterPhysicalConnection(device, real(from), fromPin, real(to), toPin),
  };
}

function bendMiniport(unknown: IUnknown, bends: Bends, wdk: Wdk): IUnknown {
  const { miniport: bendMethods, portStream: bendPortStream, refuses, stream: bendStream } = bends;
  const real = unknown as IMiniportWaveRT;
  const miniport = bendMethods === undefined ? real : override(real, bendMethods(real));
  return override<IMiniportWaveRT>(miniport, {
    newStream: (out, portStream, pin, capture, format) => {
      const given =
        bendPortStream === undefined
          ? portStream
          : override(portStream, bendPortStream(portStream));
      const sound = readFormat(wdk, format);
      if (refuses?.(sound) === true) return STATUS_INVALID_PARAMETER;
      const status = miniport.newStream(out, given, pin, capture, format);
      if (out.value !== null && bendStream !== undefined) {
        const stream = out.value as BentStream;
        out.value = override(stream, bendStream(stream, wdk, sound));
      }
      return status;
    },
  });
}

/** The format that a stream is opened with; the port has checked it. */
function readFormat(wdk: Wdk, at: VirtualAddress): PcmFormat {
  const bytes = wdk.viewAt(at, KSDATAFORMAT.size).getUint32(0, true);
  const format = readWaveDataFormat(wdk.viewAt(at, bytes), 0);
  if (format === null) throw new Error('a stream is opened with a format that carries no sound');
  return format;
}

/**
 * `target` with other methods in places; the rest keep their object, which has private members. Its
 * other interfaces lead to the bent object too.
 */
export function override<T extends IUnknown>(target: T, changes: Partial<T>): T {
  const bent: T = new Proxy(target, {
    get(real, name) {
      if (name === 'queryInterface') {
        return (iid: Parameters<T['queryInterface']>[0]) =>
          real.queryInterface(iid) === null ? null : bent;
      }
      const changed: unknown = Reflect.get(changes, name);
      if (changed !== undefined) return changed;
      const value: unknown = Reflect.get(real, name);
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });
  return bent;
}
