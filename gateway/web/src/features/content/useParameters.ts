import { $api } from "../../api/client";
import { type Parameter, parametersIn } from "./parameters";

/** What an image is, or was, made with, in the words of its workflow. */
export function useParameters(params: Record<string, unknown>): Parameter[] {
  const workflows = $api.useQuery("get", "/api/v1/workflows", {}, { staleTime: Infinity });
  return parametersIn(
    params,
    workflows.data?.items.find(({ name }) => name === params.workflow),
  );
}
