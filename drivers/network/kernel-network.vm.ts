/**
 * The kernel layer, the packet engine and a terminal in a namespace of its own, on a kernel that has all that they need,
 * netem included. The guest is a sandbox itself: files of tests that elsewhere need one run in it as they are.
 */
import './kernel/withheld.sandboxed.ts';
import './packets/engine.sandboxed.ts';
import { onlyOn, TIER } from '../../rig/house/vm/testing/only-on.ts';

if (TIER === 'uml') {
  await import('./kernel/plane.sandboxed.ts');
  await import('./kernel/transparent.sandboxed.ts');
  await import('./namespaces/line.sandboxed.ts');
} else
  describe('packet faults, addresses of the terminal, and terminals in namespaces', () => {
    it('hold on a real kernel', function () {
      onlyOn(this, 'uml', 'each test opens a path of its own, which takes an emulated PC too long');
    });
  });
