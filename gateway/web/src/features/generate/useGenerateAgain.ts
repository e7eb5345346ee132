import { useNavigate } from "@tanstack/react-router";
import type { ContentView, JobView } from "../../api/schema";
import { draftOf, saveDraft } from "./draft";

/** Fills the form with what made a job or an item, and goes there. */
export function useGenerateAgain() {
  const navigate = useNavigate();
  return (made: JobView | ContentView) => {
    saveDraft(draftOf(made));
    void navigate({ to: "/generate" });
  };
}
