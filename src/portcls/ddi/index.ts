/** PortCls' DDI, for driver authors: interfaces, functions, structs, and the base of COM objects. */
export { Out } from '../../base/out.ts';
export * from '../../kernel/ddi/index.ts';
export {
  type Callable,
  declaredInterfaces,
  type InterfaceId,
  type InterfaceType,
  type MethodSlot,
  type Since,
} from './declare.ts';
export * from './descriptors.ts';
export * from './dma-channel.ts';
export * from './driver.ts';
export * from './event-request.ts';
export * from './functions.ts';
export * from './io-timeout.ts';
export * from './miniport.ts';
export * from './pnp.ts';
export * from './port.ts';
export * from './port-services.ts';
export * from './power.ts';
export * from './property-request.ts';
export * from './registry-query.ts';
export * from './stream-resources.ts';
export * from './structs.ts';
export {
  ComObject,
  IID_IUnknown,
  IID_IUnknownCom,
  type IUnknown,
  type ObjectHome,
} from './unknown.ts';
export * from './wavecyclic.ts';
export * from './wavepci.ts';
export * from './wavert-streams.ts';
