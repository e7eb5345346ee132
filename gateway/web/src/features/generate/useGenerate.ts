import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { flushSync } from "react-dom";
import { faultsIn, sentenceOf } from "../../api/problems";
import { useLive } from "../../live/LiveContext";
import { text } from "../../text";
import type { Draft } from "./draft";
import { areAllMarked, type Faults, faultsByPlace, faultsOf, requestOf } from "./request";
import { submitAll } from "./submit";
import type { Workflow } from "./workflow";

interface Options {
  /** At least one job was accepted. */
  onUsed: () => void;
  /** Fields are marked. */
  onRefused: () => void;
}

/** Submits the draft. What is wrong is named by field, whether we found it or the server did. */
export function useGenerate({ onUsed, onRefused }: Options) {
  const { store } = useLive();
  const [faults, setFaults] = useState<Faults>({});
  const [notice, setNotice] = useState<string | null>(null);

  const refuse = (found: Faults) => {
    flushSync(() => setFaults(found)); // so that the marked fields are there
    if (Object.keys(found).length > 0) onRefused();
  };

  const submission = useMutation({
    mutationFn: async ({ draft, workflow }: { draft: Draft; workflow: Workflow }) => {
      const nth = Array.from({ length: draft.count }, (_, index) => index);
      const requests = nth.map((index) => requestOf(draft, workflow, index));
      return submitAll(requests, (job) => store.take(job));
    },
    onSuccess: ({ accepted, stoppedBy }, { draft, workflow }) => {
      if (accepted > 0) onUsed();
      if (stoppedBy === null) return;
      const named = faultsByPlace(faultsIn(stoppedBy));
      refuse(named);
      const partly = draft.count > 1 ? text.form.partly(accepted, draft.count) : "";
      const why = areAllMarked(named, workflow) ? "" : sentenceOf(stoppedBy);
      setNotice(`${partly} ${why}`.trim() || null);
    },
  });

  const generate = (draft: Draft, workflow: Workflow) => {
    if (submission.isPending) return;
    const found = faultsOf(draft, workflow);
    refuse(found);
    setNotice(null);
    if (Object.keys(found).length === 0) submission.mutate({ draft, workflow });
  };

  const forget = (place: string) =>
    setFaults((before) =>
      Object.fromEntries(Object.entries(before).filter(([name]) => !name.startsWith(place))),
    );

  const forgetAll = () => {
    setFaults({});
    setNotice(null);
  };

  return { generate, faults, notice, forget, forgetAll, isBusy: submission.isPending };
}
