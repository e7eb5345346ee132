import { useMutation } from "@tanstack/react-query";
import { api } from "../api/client";
import { Refused } from "../api/problems";
import type { JobView } from "../api/schema";
import { text } from "../text";
import { complain } from "../ui/complain";
import { useLive } from "./LiveContext";

/** Cancel, retry and remove a job; each answer goes into the store, each refusal is shown. */
export function useJobActions(job: JobView, onRetried?: (job: JobView) => void) {
  const { store } = useLive();
  const params = { path: { job_id: job.id } };

  const cancel = useMutation({
    mutationFn: async () => {
      const { data, error } = await api.POST("/api/v1/generation-jobs/{job_id}/cancel", { params });
      if (error) throw new Refused(error);
      store.take(data);
    },
    onError: (error) => complain(text.job.cancelFailed, error),
  });

  const retry = useMutation({
    mutationFn: async () => {
      const { data, error } = await api.POST("/api/v1/generation-jobs/{job_id}/retry", {
        params: { ...params, header: { "idempotency-key": `retry-${job.id}` } },
      });
      if (error) throw new Refused(error);
      store.take(data);
      onRetried?.(data);
    },
    onError: (error) => complain(text.job.retryFailed, error),
  });

  const remove = useMutation({
    mutationFn: async () => {
      const { error } = await api.DELETE("/api/v1/generation-jobs/{job_id}", { params });
      if (error) throw new Refused(error);
      store.remove(job.id);
    },
    onError: (error) => complain(text.job.removeFailed, error),
  });

  return {
    cancel: () => cancel.mutate(),
    retry: () => retry.mutate(),
    remove: () => remove.mutate(),
    isBusy: cancel.isPending || retry.isPending || remove.isPending,
  };
}
