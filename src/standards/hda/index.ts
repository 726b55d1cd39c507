/**
 * HD Audio as published facts: registers, verbs, parameters and the packing of their words, each
 * with its clause of Intel's specification, revision 1.0a. Nothing here behaves.
 */
export * from './controller-registers.ts';
export * from './parameters.ts';
export * from './pin.ts';
export * from './stream-format.ts';
export * from './stream-registers.ts';
export * from './verbs.ts';
export * from './widget-capabilities.ts';
