/** `waveport list`: endpoints as the audio engine builds them, filters as a client finds them. */
import { enumerateFilters } from '../client/endpoints.ts';
import { startAudioEngine } from '../machine/audio-engine.ts';
import { describeEndpoints } from '../machine/endpoint-details.ts';
import { Machine } from '../machine/machine.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import type { DeviceKind } from './device-kinds.ts';
import { faultOf } from './fault.ts';
import { InterruptWatch } from './interrupt.ts';
import { jsonFault } from './json-report.ts';
import { type FoundDevice, listJson, listText } from './list-report.ts';
import { EXIT_CLEAN, EXIT_FAULT } from './outcome.ts';
import { chooseDevice } from './play-command.ts';
import { chooseDriver } from './stream-config.ts';
import { complain, print, printJson } from './terminal.ts';

export interface ListOptions {
  readonly device: string;
  readonly driver?: string;
  readonly port?: string;
  readonly json?: boolean;
}

/** Prints what is there. Returns the exit code. @throws UsageError, FileError, DriverLoadError */
export async function list(options: ListOptions): Promise<number> {
  const kind = chooseDevice(options.device);
  const driver = await chooseDriver(kind, options);
  const watch = new InterruptWatch();
  let found: FoundDevice;
  try {
    found = watch.run(() => findAll(kind, driver));
  } catch (error) {
    const fault = faultOf(error, { name: driver.name, path: options.driver });
    if (fault === null) throw error;
    complain(`waveport: ${fault.message}`);
    if (options.json === true) printJson(jsonFault(fault, null));
    return fault.exitCode;
  } finally {
    watch.close();
  }
  if (options.json === true) printJson(listJson(found));
  else print(listText(found));
  return found.leaks.length === 0 ? EXIT_CLEAN : EXIT_FAULT;
}

function findAll(kind: DeviceKind, driver: DriverModule): FoundDevice {
  const machine = Machine.boot({ device: kind.create, driver });
  const home = { process: machine.openProcess('list'), ram: machine.kernel.ram };
  const filters = enumerateFilters(home, machine.kernel.interfaces);
  const device = machine.device.identity.description;
  const engine = startAudioEngine(machine);
  const endpoints = describeEndpoints(engine, home);
  engine.shutDown();
  return { device, driver: driver.name, filters, endpoints, leaks: machine.shutDown() };
}
