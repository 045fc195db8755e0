/** What a search came to. */
export interface Found {
  /** How many states there are; up to the fault, if there is one. */
  readonly states: number;
  readonly fault: string | undefined;
  /** The shortest way to the fault. */
  readonly steps: readonly string[];
}

interface Visit {
  readonly before: number;
  readonly step: string;
}

interface Next<State> {
  readonly name: string;
  readonly to: State;
}

/** Visits every state that can be reached, those of fewer steps first, each once. Ends at the first fault. */
export function search<State>(
  initial: State,
  stepsOf: (state: State) => readonly Next<State>[],
  faultOf: (state: State) => string | undefined,
): Found {
  const known = new Set([JSON.stringify(initial)]);
  const visits: Visit[] = [{ before: -1, step: '' }];
  let layer = [{ state: initial, at: 0 }];
  while (layer.length > 0) {
    const following: typeof layer = [];
    for (const { state, at } of layer) {
      const fault = faultOf(state);
      if (fault !== undefined) return { states: known.size, fault, steps: wayTo(visits, at) };
      for (const { name, to } of stepsOf(state)) {
        const text = JSON.stringify(to);
        if (known.has(text)) continue;
        known.add(text);
        following.push({ state: to, at: visits.push({ before: at, step: name }) - 1 });
      }
    }
    layer = following;
  }
  return { states: known.size, fault: undefined, steps: [] };
}

function wayTo(visits: readonly Visit[], end: number): string[] {
  const steps: string[] = [];
  for (let at = end; at > 0; at = visits[at]!.before) steps.unshift(visits[at]!.step);
  return steps;
}
