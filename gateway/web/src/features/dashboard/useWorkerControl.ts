import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { Refused } from "../../api/problems";
import type { WorkerChange } from "../../api/schema";
import { text } from "../../text";
import { complain } from "../../ui/complain";

/** For an admin: let a worker end what it has, or take jobs again. */
export function useWorkerControl(workerId: string) {
  const cache = useQueryClient();
  const change = useMutation({
    mutationFn: async (wanted: WorkerChange["wanted"]) => {
      const { error } = await api.PATCH("/api/v1/workers/{worker_id}", {
        params: { path: { worker_id: workerId } },
        body: { wanted },
      });
      if (error) throw new Refused(error);
      await cache.invalidateQueries({ queryKey: ["get", "/api/v1/stats"] });
    },
    onError: (error) => complain(text.dashboard.wantFailed, error),
  });
  return { want: change.mutate, isBusy: change.isPending };
}
