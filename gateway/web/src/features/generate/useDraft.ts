import { useCallback, useState } from "react";
import { type Draft, emptyDraft, loadDraft, saveDraft } from "./draft";

/** The form's values, kept across reloads. */
export function useDraft() {
  const [draft, setDraft] = useState(loadDraft);

  // Kept is only what changed here: another tab may have changed the rest.
  const change = useCallback((changes: Partial<Draft>) => {
    saveDraft({ ...loadDraft(), ...changes });
    setDraft((before) => ({ ...before, ...changes }));
  }, []);

  const changeParam = useCallback((name: string, value: unknown) => {
    const kept = loadDraft();
    saveDraft({ ...kept, params: { ...kept.params, [name]: value } });
    setDraft((before) => ({ ...before, params: { ...before.params, [name]: value } }));
  }, []);

  const reset = useCallback(() => change(emptyDraft), [change]);

  return { draft, change, changeParam, reset };
}
