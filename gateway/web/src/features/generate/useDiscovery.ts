import { useMemo } from "react";
import { $api } from "../../api/client";
import type { ModelsView } from "../../api/schema";
import { workflowOf } from "./workflow";

const MODELS_MS = 15_000; // a worker may come, or get another checkpoint
const NO_MODELS_MS = 2_000; // while Darkroom starts, its first worker is about to come

type Interval = (query: { state: { data: ModelsView | undefined } }) => number;

/** What can be asked for: workflows, and the models that live workers have. */
export function useDiscovery() {
  const workflows = $api.useQuery("get", "/api/v1/workflows", {}, { staleTime: Infinity });
  const refetchInterval: Interval = ({ state: { data } }) =>
    data?.checkpoints.length ? MODELS_MS : NO_MODELS_MS;
  const models = $api.useQuery("get", "/api/v1/models", {}, { refetchInterval });
  const known = useMemo(() => workflows.data?.items.map(workflowOf), [workflows.data]);
  return {
    workflows: known,
    models: models.data,
    error: workflows.error ?? null,
    retry: () => void workflows.refetch(),
  };
}
