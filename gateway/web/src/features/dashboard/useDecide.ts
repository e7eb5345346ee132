import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { Refused } from "../../api/problems";
import type { DeadLetterDecision } from "../../api/schema";
import { text } from "../../text";
import { complain } from "../../ui/complain";

/** Decides about a message that could not be handled; the dispatcher acts upon it. */
export function useDecide() {
  const cache = useQueryClient();
  const mutation = useMutation({
    mutationFn: async ({ id, decision }: { id: number } & DeadLetterDecision) => {
      const { error } = await api.PATCH("/api/v1/dead-letters/{letter_id}", {
        params: { path: { letter_id: id } },
        body: { decision },
      });
      if (error) throw new Refused(error);
    },
    onError: (error) => complain(text.dashboard.letterFailed, error),
    // Refused, it may have been decided elsewhere.
    onSettled: () => cache.invalidateQueries({ queryKey: ["get", "/api/v1/dead-letters"] }),
  });
  return {
    decide: mutation.mutate,
    deciding: mutation.isPending ? mutation.variables.id : null,
  };
}
