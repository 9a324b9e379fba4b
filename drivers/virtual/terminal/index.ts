export type { TerminalBody, TerminalSetup, VisibleScreen } from './body.ts';
export { type Defect, loadDefects } from './defects.ts';
export { createTerminal } from './terminal.ts';
