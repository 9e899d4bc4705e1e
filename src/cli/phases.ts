/** Progress of work in phases, of which some count bytes and others steps. */
import { type Progress, startProgress } from './progress.js';

export interface PhaseState {
  readonly done: number;
  readonly total: number;
  readonly label: string;
}

export interface Phases {
  update(unit: 'bytes' | 'steps', state: PhaseState): void;
  stop(): void;
}

/** A bar at a time; silent unless a person looks at it. */
export async function startPhases(shown: boolean): Promise<Phases> {
  const bars = {
    bytes: await startProgress(shown, 'bytes'),
    steps: await startProgress(shown, 'steps'),
  };
  let current: Progress | undefined;
  return {
    update: (unit, { done, total, label }) => {
      const bar = bars[unit];
      if (bar !== current) current?.stop();
      current = bar;
      bar.setTotal(total);
      bar.update({ done, label });
    },
    stop: () => current?.stop(),
  };
}
