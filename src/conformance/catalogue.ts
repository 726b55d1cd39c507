/** Every case of the suite, in the order in which they run. */
import { dataCases } from './cases/data-cases.ts';
import { exactCases } from './cases/exact-cases.ts';
import { formatCases } from './cases/format-cases.ts';
import { jackCases } from './cases/jack-cases.ts';
import { machineCases } from './cases/machine-cases.ts';
import { notificationCases } from './cases/notification-cases.ts';
import { packetCases } from './cases/packet-cases.ts';
import { positionCases } from './cases/position-cases.ts';
import { protocolCases } from './cases/protocol-cases.ts';
import { rateCases } from './cases/rate-cases.ts';
import { restartCases } from './cases/restart-cases.ts';
import { waveCases } from './cases/wave-cases.ts';
import type { ConformanceCase } from './conformance-case.ts';

export const conformanceCases: readonly ConformanceCase[] = [
  ...positionCases,
  ...waveCases,
  ...formatCases,
  ...jackCases,
  ...rateCases,
  ...dataCases,
  ...restartCases,
  ...exactCases,
  ...notificationCases,
  ...packetCases,
  ...protocolCases,
  ...machineCases,
];
