/** Notifications and packets that break their protocol, and the cases that find them out. */
import { actorTable } from './actor-table.ts';
import * as notifications from './bad-actors/notification-actors.ts';
import * as packets from './bad-actors/packet-actors.ts';

actorTable('its notifications or packets', [
  [notifications.missing, 'render', 'C-NTF-01 C-NTF-03 C-NTF-04 C-PKT-04'],
  [notifications.doubled, 'capture', 'C-NTF-01 C-NTF-03 C-NTF-04 C-PKT-04'],
  [notifications.whilePaused, 'render', 'C-NTF-02 C-NTF-04'],
  [packets.fromOne, 'both', 'C-PKT-01 C-PKT-02 C-PKT-04 C-PKT-05'],
  [packets.waitsForClient, 'render', 'C-PKT-03'],
  [packets.takesLate, 'render', 'C-WVP-05'],
  [packets.presentsEarly, 'render', 'C-PKT-06'],
  [packets.stampsLate, 'capture', 'C-PKT-07'],
]);
