import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api } from "../../api/client";
import { Refused } from "../../api/problems";
import type { ContentDetail } from "../../api/schema";
import { contentDeleted } from "../../live/contentCache";
import { text } from "../../text";
import { complain } from "../../ui/complain";

const GONE = 404; // somebody else was quicker

/** Deletes an item, and goes on to the next. */
export function useRemoval() {
  const cache = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async ({ id, next_id }: ContentDetail) => {
      const { error } = await api.DELETE("/api/v1/content-items/{content_id}", {
        params: { path: { content_id: id } },
      });
      if (error && error.status !== GONE) throw new Refused(error);
      if (next_id === null) await navigate({ to: "/gallery", replace: true });
      else {
        const contentId = String(next_id);
        await navigate({ to: "/$contentId", params: { contentId }, replace: true });
      }
      contentDeleted(cache, id);
    },
    onError: (error) => complain(text.content.deleteFailed, error),
  });
}
