/**
 * Our HD Audio driver, bent: the driver itself is the real one, but what it imports, or the port
 * stream that gives it pages, lies to it. So a driver with a mistake in one place is made without
 * writing one, and without a line of the driver knowing.
 */
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import {
  CLSID_PortWaveRT,
  type DriverModule,
  type IMiniportWaveRT,
  type IPort,
  type IPortWaveRTStream,
  type IUnknown,
  type Wdk,
} from '../../src/portcls/ddi/index.ts';

export interface Bends {
  /** Functions that the driver imports in place of the real ones. */
  readonly wdk?: (real: Wdk) => Partial<Wdk>;
  /** Methods of each port stream in place of the real ones. */
  readonly portStream?: (real: IPortWaveRTStream) => Partial<IPortWaveRTStream>;
}

export function bentHdaDriver({ wdk: bendWdk, portStream }: Bends): DriverModule {
  return {
    ...hdaDriver,
    load: (wdk) => {
      const bent: Wdk = { ...wdk, ...bendWdk?.(wdk) };
      return hdaDriver.load(portStream === undefined ? bent : withBentStreams(bent, portStream));
    },
  };
}

/** The WaveRT port is bent so that it gets a bent miniport, which is given bent port streams. */
function withBentStreams(wdk: Wdk, bend: NonNullable<Bends['portStream']>): Wdk {
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
            port.init(device, irp, bendMiniport(miniport, bend), adapter, resources),
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

function bendMiniport(unknown: IUnknown, bend: NonNullable<Bends['portStream']>): IUnknown {
  const miniport = unknown as IMiniportWaveRT;
  const bent: IMiniportWaveRT = override<IMiniportWaveRT>(miniport, {
    newStream: (stream, portStream, pin, capture, format) =>
      miniport.newStream(stream, override(portStream, bend(portStream)), pin, capture, format),
    queryInterface: (iid) =>
      miniport.queryInterface(iid) === null ? null : (bent as unknown as never),
  });
  return bent;
}

/** `target` with other methods in places; the rest keep their object, which has private members. */
function override<T extends object>(target: T, changes: Partial<T>): T {
  return new Proxy(target, {
    get(real, name) {
      const changed: unknown = Reflect.get(changes, name);
      if (changed !== undefined) return changed;
      const value: unknown = Reflect.get(real, name);
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });
}
