import { useCallback, useState } from "react";
import { type Draft, emptyDraft, loadDraft, saveDraft } from "./draft";

/** The form's values, kept across reloads. */
export function useDraft() {
  const [draft, setDraft] = useState(loadDraft);

  const change = useCallback((changes: Partial<Draft>) => {
    setDraft((before) => {
      const after = { ...before, ...changes };
      saveDraft(after);
      return after;
    });
  }, []);

  const changeParam = useCallback((name: string, value: unknown) => {
    setDraft((before) => {
      const after = { ...before, params: { ...before.params, [name]: value } };
      saveDraft(after);
      return after;
    });
  }, []);

  const reset = useCallback(() => change(emptyDraft), [change]);

  return { draft, change, changeParam, reset };
}
