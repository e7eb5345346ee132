import { useMemo } from "react";
import { $api } from "../../api/client";
import { workflowOf } from "./workflow";

const MODELS_MS = 15_000; // a worker may come, or get another checkpoint

/** What can be asked for: workflows, and the models that live workers have. */
export function useDiscovery() {
  const workflows = $api.useQuery("get", "/api/v1/workflows", {}, { staleTime: Infinity });
  const models = $api.useQuery("get", "/api/v1/models", {}, { refetchInterval: MODELS_MS });
  const known = useMemo(() => workflows.data?.items.map(workflowOf), [workflows.data]);
  return {
    workflows: known,
    models: models.data,
    error: workflows.error ?? null,
    retry: () => void workflows.refetch(),
  };
}
