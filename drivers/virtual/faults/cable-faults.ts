import { CONTROLLER_FAULTS } from './controller-faults.ts';
import { FIXTURE_FAULTS } from './fixture-faults.ts';
import { WIRE_FAULTS } from './wire-faults.ts';

/** Everything that can be wrong with the lines of the virtual bench and the devices behind them. */
export const CABLE_FAULTS = { ...WIRE_FAULTS, ...CONTROLLER_FAULTS, ...FIXTURE_FAULTS } as const;
