/** A driver for the AC'97 controller of Intel's ICH, over the port that it is told to use. */
export { type Ac97DriverOptions, ac97Driver, makeAc97Driver } from './adapter.ts';
export {
  type Ac97HighMemory,
  type Ac97PortName,
  HIGH_MEMORY_VALUE_NAME,
  PORT_VALUE_NAME,
} from './port-setting.ts';
