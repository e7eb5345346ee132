import { useMutation, useMutationState, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { api } from "../../api/client";
import { Refused } from "../../api/problems";
import type { ContentChange } from "../../api/schema";
import { contentUpdated } from "../../live/contentCache";
import { text } from "../../text";
import { complain } from "../../ui/complain";

/** Only what is named is changed. */
export type Changes = Partial<ContentChange>;

interface Wanted {
  id: number;
  changes: Changes;
}

const KEY = ["content", "change"];

/** Changes an item; until the server has answered, `withChanges` shows it as it is wanted. */
export function useContentChange() {
  const cache = useQueryClient();
  const { mutate } = useMutation({
    mutationKey: KEY,
    scope: { id: "content.change" }, // one after the other, so that the last click wins
    mutationFn: async ({ id, changes }: Wanted) => {
      const { data, error } = await api.PATCH("/api/v1/content-items/{content_id}", {
        params: { path: { content_id: id } },
        body: changes as ContentChange, // the client's types call fields with a default required
      });
      if (error) throw new Refused(error);
      contentUpdated(cache, data);
    },
    onError: (error) => complain(text.content.changeFailed, error),
  });
  return useCallback((id: number, changes: Changes) => mutate({ id, changes }), [mutate]);
}

/** What was asked for and is not answered yet. A refused change just ends: what is shown is right again. */
export function usePendingChanges(): Wanted[] {
  return useMutationState({
    filters: { mutationKey: KEY, status: "pending" },
    select: ({ state }) => state.variables as Wanted,
  });
}

export function withChanges<T extends { id: number }>(item: T, pending: readonly Wanted[]): T {
  return pending
    .filter(({ id }) => id === item.id)
    .reduce((changed, { changes }) => ({ ...changed, ...changes }), item);
}
