import { useMutation, useQueryClient } from "@tanstack/react-query";
import { $api, api } from "../../api/client";
import { faultsIn, proper, Refused, sentenceOf } from "../../api/problems";
import { text } from "../../text";
import { complain } from "../../ui/complain";

const TOKENS = ["get", "/api/v1/tokens"] as const;

export function useTokens() {
  const cache = useQueryClient();
  const listChanged = () => cache.invalidateQueries({ queryKey: TOKENS });
  const list = $api.useQuery("get", "/api/v1/tokens");

  const create = useMutation({
    mutationFn: async (name: string) => {
      const { data, error } = await api.POST("/api/v1/tokens", { body: { name } });
      if (error) throw new Refused(error);
      return data;
    },
    onSuccess: listChanged,
    gcTime: 0, // the token itself is not kept once it is out of sight
  });

  const revoke = useMutation({
    mutationFn: async (id: string) => {
      const { error, response } = await api.DELETE("/api/v1/tokens/{token_id}", {
        params: { path: { token_id: id } },
      });
      // Somebody else was quicker: it is gone, as wanted.
      if (error && response.status !== 404) throw new Refused(error);
    },
    // Of the token in use this asks as nobody, and the answer leads to the sign-in page.
    onSuccess: listChanged,
    onError: (error) => complain(text.settings.revokeFailed, error),
  });

  return {
    list,
    create: create.mutate,
    created: create.data ?? null,
    createFault: create.error ? faultOf(create.error) : null,
    isCreating: create.isPending,
    forgetCreated: create.reset,
    revoke: revoke.mutate,
    revoking: revoke.isPending ? revoke.variables : null,
  };
}

function faultOf(error: unknown): string {
  const [fault] = faultsIn(error);
  return fault ? proper(fault.msg) : sentenceOf(error);
}
