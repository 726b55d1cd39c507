/**
 * AC'97 as published facts: the codec's registers by Intel's component specification, the bus
 * master's by the ICH datasheet. Nothing here behaves.
 */
export * from './bus-master-registers.ts';
export * from './mixer-registers.ts';
